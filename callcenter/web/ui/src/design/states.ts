/** The states of seats and calls: each has a colour (`tokens.css`), a shape and a word. */
import type { Schemas } from "@/api/client";

export type State = "available" | "ringing" | "talking" | "wrap_up" | "paused" | "alarming" | "unknown";

export const SHAPES: Readonly<Record<State, string>> = {
  available: "●",
  ringing: "◍",
  talking: "■",
  wrap_up: "◆",
  paused: "❚❚",
  alarming: "▲",
  unknown: "▨",
};

const OF_SEATS: Readonly<Record<Schemas["SeatState"], State>> = {
  signed_off: "unknown",
  unreachable: "alarming",
  available: "available",
  ringing: "ringing",
  talking: "talking",
  on_hold: "talking",
  wrap_up: "wrap_up",
  paused: "paused",
};

/** How a seat is shown; a state that this page does not know is unknown. */
export function stateOfSeat(state: string): State {
  return Object.hasOwn(OF_SEATS, state) ? OF_SEATS[state as Schemas["SeatState"]] : "unknown";
}

/** Why somebody may take no calls, in the order in which it is offered. */
export const PAUSES: readonly Schemas["PauseReason"][] = [
  "break",
  "meal",
  "training",
  "meeting",
  "after_call_work",
  "casework",
  "technical",
];
