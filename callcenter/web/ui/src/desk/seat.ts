/** The own seat as words and colours. Pure. */
import type { Me } from "@/session/me";
import { PAUSES, stateOfSeat, type State } from "@/design/states";

type Seat = NonNullable<Me["seat"]>;

export interface OwnState {
  state: State;
  /** As a key of the messages. */
  word: string;
  since: string | null;
}

export function ownState(seat: Seat | null): OwnState {
  if (seat === null) return { state: "unknown", word: "desk.signedOff", since: null };
  if (seat.state === null) return { state: "unknown", word: "desk.unknownState", since: null };
  const reason = PAUSES.find((one) => one === seat.reason);
  const isPaused = seat.state === "paused" && reason !== undefined;
  return {
    state: stateOfSeat(seat.state),
    word: isPaused ? `enums.PauseReason.${reason}` : `enums.SeatState.${seat.state}`,
    since: seat.since,
  };
}

/** Why no calls are taken once the call or the wrap-up is over, as a key of the messages; null where they are taken. */
export function nextWord(seat: Seat | null): string | null {
  if (seat === null || seat.next_reason === null) return null;
  const reason = PAUSES.find((one) => one === seat.next_reason);
  return reason === undefined ? "enums.SeatState.paused" : `enums.PauseReason.${reason}`;
}

/** Whether the seat is in a call, so that a pause begins behind it. */
export function isInCall(seat: Seat | null): boolean {
  return seat?.state === "talking" || seat?.state === "on_hold";
}

/** Whether the seat takes no calls of queues, by the agent's wish or after a call. */
export function isAway(seat: Seat | null): boolean {
  return seat?.state === "paused" || seat?.state === "wrap_up";
}

/** The share of a wrap-up that is left, 0 to 1. */
export function wrapUpLeft(seat: Seat, now: number): number {
  if (seat.wrap_up_ends_at === null || seat.since === null) return 0;
  const begin = Date.parse(seat.since);
  const end = Date.parse(seat.wrap_up_ends_at);
  return end <= begin ? 0 : Math.min(1, Math.max(0, (end - now) / (end - begin)));
}

/** What `POST /agents/me/wrap-up` is told so that it ends a while later than it would. */
export function secondsFor(seat: Seat, now: number, more: number): number {
  const left = seat.wrap_up_ends_at === null ? 0 : Math.max(0, Date.parse(seat.wrap_up_ends_at) - now);
  return Math.ceil(left / 1000) + more;
}
