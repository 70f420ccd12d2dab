/** How much of a time limit is over. Pure; milliseconds since 1970 in, percent out. */
import type { Schemas } from "@/api/client";
import type { Urgency } from "@/casework/due";

export type Clock = Schemas["InstructionClock"];
type Instruction = Pick<Schemas["InstructionView"], "clocks" | "next_due_at">;

/** After so many percent somebody is warned. */
export const MARKS = [50, 80, 100] as const;
const [HALF, MOST, ALL] = MARKS;

/** The clock of which least is left; null where none runs. */
export function runningOf({ clocks, next_due_at: due }: Instruction): Clock | null {
  return clocks.find((clock) => clock.stopped_at === null && clock.target_due_at !== null && clock.target_due_at === due) ?? null;
}

/**
 * 0 to 100. A limit of office hours stands still at night, which only the backend reckons: between two of its warnings the
 * share goes by the time alone, and never past the next one.
 */
export function shareOf({ begins_at: begins, target_due_at: due, warned }: Clock, now: number): number {
  if (due === null) return 0;
  const [from, to] = [Date.parse(begins), Date.parse(due)];
  if (now >= to) return ALL;
  const passed = Math.max(0, ...warned.filter((mark) => mark < ALL));
  const next = MARKS.find((mark) => mark > passed) ?? ALL;
  return Math.min(next, Math.max(passed, (ALL * (now - from)) / (to - from)));
}

/** Of the bar: nearly over has a look of its own. */
export type Level = "fine" | "half" | "nearly" | "late";

export function levelOf(share: number): Level {
  if (share >= ALL) return "late";
  if (share >= MOST) return "nearly";
  return share >= HALF ? "half" : "fine";
}

export const URGENCIES: Readonly<Record<Level, Urgency>> = { fine: "fine", half: "soon", nearly: "soon", late: "late" };
