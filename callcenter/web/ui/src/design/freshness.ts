/** How true a group of figures still is. Pure; milliseconds of the server's clock. */

/** What the backend says of each group. */
export interface Source {
  as_of: string | null;
  is_blind: boolean;
}

export interface Freshness {
  /** Everything until then is in the figures; null where nobody knows. */
  asOf: number | null;
  /** They may no longer hold: shown hatched and grey, with their moment. */
  isOld: boolean;
}

/** Figures that follow events are old after so long. */
export const LIVE_LIMIT = 5_000;

export function freshnessOf(source: Source, now: number, limit = LIVE_LIMIT): Freshness {
  const asOf = source.as_of === null ? null : Date.parse(source.as_of);
  return { asOf, isOld: source.is_blind || asOf === null || now - asOf > limit };
}

/** When what runs in these figures stands still: they say how it was then. Null while they are fresh. */
export function standstillOf({ asOf, isOld }: Freshness): number | null {
  return isOld ? asOf : null;
}

/** The oldest of them: a whole is as true as its worst part. */
export function worstOf(parts: readonly Freshness[]): Freshness {
  const moments = parts.map((part) => part.asOf).filter((asOf) => asOf !== null);
  return {
    asOf: moments.length === parts.length && moments.length > 0 ? Math.min(...moments) : null,
    isOld: parts.length === 0 || parts.some((part) => part.isOld),
  };
}
