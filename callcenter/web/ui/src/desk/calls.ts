/** Which of the calls of a desk the page is about. Pure. */
import type { Schemas } from "@/api/client";
import type { Me } from "@/session/me";

export interface DeskCall {
  key: string;
  call: Schemas["DeskCallView"];
}

const RANKS: Readonly<Record<Schemas["OwnCallState"], number>> = { talking: 0, held: 1, ringing: 2, ended: 3 };

/**
 * The one that the phone in the page has, else the one that is up, that rings, that ended last; null without any. What
 * was put together with another call is part of that: who was rung into a mediation, the colleague who was asked.
 */
export function callOfDesk(me: Me | null, ofPhone: string | null): DeskCall | null {
  const all = Object.entries(me?.calls ?? {}).map(([key, call]) => ({ key, call }));
  const calls = all.filter(({ call }) => all.every((other) => other.key !== call.joined));
  const own = calls.find((one) => one.key === ofPhone);
  if (own !== undefined) return own;
  calls.sort(
    (one, other) =>
      RANKS[one.call.state] - RANKS[other.call.state] || Date.parse(other.call.since) - Date.parse(one.call.since),
  );
  return calls[0] ?? null;
}

/** What is shown of a call that rings. */
export interface Ringing extends Pick<Schemas["DeskCallView"], "direction" | "name" | "origin" | "queue" | "started_at"> {
  /** Masked, null where it is withheld; undefined for a colleague, and while it is not known. */
  number?: string | null;
}

/**
 * A call that rings at the phone and is not on the desk: one that is not written yet, a colleague, or a caller whom one
 * gives away. `isFromInside` where the backend has said that nobody from outside is in it.
 */
export function ringingUnlisted(
  history: Pick<Schemas["HistoryView"], "number"> | null,
  isFromInside: boolean,
  since: number,
): Ringing {
  const begin = { name: null, origin: null, queue: null, started_at: new Date(since).toISOString() };
  if (history !== null) return { ...begin, direction: "inbound", number: history.number };
  return { ...begin, direction: isFromInside ? "internal" : "inbound" };
}

/** Where the other side's number comes from, in the page's language; empty where it does not say. */
export function originText(
  origin: Schemas["NumberOriginView"] | null,
  locale: string,
  t: (key: string) => string,
): string {
  const place = locale === "en" ? origin?.english : origin?.chinese;
  const carrier = origin?.carrier ?? null;
  return [place ?? "", carrier === null ? "" : t(`enums.Carrier.${carrier}`)].filter(Boolean).join(" ");
}
