/** Who sits where on the wallboard, in which order, and what they are called. Pure. */
import type { Schemas } from "@/api/client";
import { isShown, type Board, type Queues } from "./figures";

export interface Seat {
  /** `pbx/interface`. */
  key: string;
  /** Null for a member that is nobody's telephone number to show. */
  name: string | null;
  /** Who can be commanded; null for a seat at which no user is signed on. */
  user: string | null;
  queues: readonly string[];
  state: Schemas["BoardSeatView"]["state"];
  reason: string | null;
  since: string | null;
}

/** What somebody should look at comes first. */
const URGENCY: readonly Seat["state"][] = [
  "unreachable",
  "ringing",
  "talking",
  "on_hold",
  "wrap_up",
  "available",
  "paused",
  "unknown",
  "signed_off",
];
/** A member outside the house is named by its number, which is a person's. */
const NUMBER = /\d{7,}/;

/** By name, so that nobody moves while they are being clicked; or by what they do. */
export function seatsOf(board: Board, queues: Queues, order: "name" | "urgency"): Seat[] {
  const byName = new Intl.Collator("zh-CN", { numeric: true });
  return Object.entries(board.agents.seats)
    .filter(([, seat]) => queues.length === 0 || seat.queues.some((queue) => isShown(queue, queues)))
    .map(([key, seat]) => ({
      key,
      name: nameOf(seat),
      user: seat.user,
      queues: seat.queues,
      state: seat.state,
      reason: seat.reason,
      since: seat.state_since,
    }))
    .sort(
      (one, other) =>
        (order === "urgency" ? URGENCY.indexOf(one.state) - URGENCY.indexOf(other.state) : 0) ||
        byName.compare(one.name ?? "", other.name ?? "") ||
        byName.compare(one.key, other.key),
    );
}

function nameOf(seat: Schemas["BoardSeatView"]): string | null {
  const name = seat.display_name ?? seat.user ?? seat.member_name;
  return NUMBER.test(name) ? null : name;
}

/** How many are in which state, the most urgent first. */
export function countStates(seats: readonly Seat[]): (readonly [Seat["state"], number])[] {
  return URGENCY.map((state) => [state, seats.filter((seat) => seat.state === state).length] as const).filter(
    ([, count]) => count > 0,
  );
}

/** Of those who could take a call if they were free; null while nobody knows what seats do. */
export function idleOf(seats: readonly Seat[]): { idle: number; of: number } | null {
  if (seats.some((seat) => seat.state === "unknown")) return null;
  const present = seats.filter((seat) => seat.state !== "signed_off");
  return { idle: present.filter((seat) => seat.state === "available").length, of: present.length };
}
