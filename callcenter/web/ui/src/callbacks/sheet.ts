/** The day sheet as it is frozen: a JSON document that is hashed, read here as far as it is shown. Pure. */

export interface Sheet {
  frozenAt: string | null;
  /** Calls by outcome, `total` first. */
  inbound: [string, number][];
  /** Callers and calls that were lost, by what became of them; `lost` is the sum. */
  states: { name: string; callers: number; calls: number }[];
  /** What became of the calls that somebody talked in, `answered` first; none in a sheet that says nothing of them. */
  answered: [string, number][];
  /** Of whose calls nobody said it: the device that came last into them, null for none. */
  missing: { agent: string | null; calls: number }[];
}

const ANSWERED = ["answered", "with_ticket", "with_reason", "missing"];

function numbersOf(value: unknown): Map<string, number> {
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(Object.entries(value).filter((pair): pair is [string, number] => typeof pair[1] === "number"));
}

function missingOf(value: unknown): Sheet["missing"] {
  const said = typeof value === "object" && value !== null && "missing_by_agent" in value ? value.missing_by_agent : [];
  return (Array.isArray(said) ? (said as unknown[]) : []).flatMap((one) => {
    const { agent, calls } = (one ?? {}) as Record<string, unknown>;
    return typeof calls === "number" ? [{ agent: typeof agent === "string" ? agent : null, calls }] : [];
  });
}

export function sheetOf(document: Record<string, unknown>): Sheet {
  const inbound = numbersOf(document["inbound"]);
  const callers = numbersOf(document["callers"]);
  const calls = numbersOf(document["calls"]);
  const names = [...new Set([...callers.keys(), ...calls.keys()])];
  const dispositions = numbersOf(document["dispositions"]);
  const frozenAt = document["frozen_at"];
  return {
    frozenAt: typeof frozenAt === "string" ? frozenAt : null,
    inbound: [...inbound].filter(([name, count]) => name === "total" || count > 0),
    states: names.map((name) => ({ name, callers: callers.get(name) ?? 0, calls: calls.get(name) ?? 0 })),
    answered: ANSWERED.flatMap((name): [string, number][] => {
      const count = dispositions.get(name);
      return count === undefined ? [] : [[name, count]];
    }),
    missing: missingOf(document["dispositions"]),
  };
}

/** What was changed in the chain: which day, and whether its own sheet or the one before it; null for other words. */
export function breakOf(sentence: string): { day: string; isBefore: boolean } | null {
  const match = /^The sheet (before that )?of (\d{4}-\d{2}-\d{2}) /.exec(sentence);
  return match?.[2] === undefined ? null : { day: match[2], isBefore: match[1] !== undefined };
}
