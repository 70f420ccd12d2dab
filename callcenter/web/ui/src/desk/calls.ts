/** Which of the calls of a desk the page is about. Pure. */
import type { Schemas } from "@/api/client";
import type { Me } from "@/session/me";

export interface DeskCall {
  key: string;
  call: Schemas["DeskCallView"];
}

const RANKS: Readonly<Record<Schemas["OwnCallState"], number>> = { talking: 0, held: 1, ringing: 2, ended: 3 };

/** The one that the phone in the page has, else the one that is up, that rings, that ended last; null without any. */
export function callOfDesk(me: Me | null, ofPhone: string | null): DeskCall | null {
  const calls = Object.entries(me?.calls ?? {}).map(([key, call]) => ({ key, call }));
  const own = calls.find((one) => one.key === ofPhone);
  if (own !== undefined) return own;
  calls.sort(
    (one, other) =>
      RANKS[one.call.state] - RANKS[other.call.state] || Date.parse(other.call.since) - Date.parse(one.call.since),
  );
  return calls[0] ?? null;
}
