/** What is left of a time limit: a colour, a shape, a word and a time. Pure; milliseconds since 1970 in. */
import { runningText, spanOf } from "@/design/time";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** So long before it is over a time limit is soon over. */
const SOON = DAY;

export type Urgency = "fine" | "soon" | "late";

export const DUE_SHAPES: Readonly<Record<Urgency, string>> = { fine: "●", soon: "◆", late: "▲" };

export function urgencyOf(dueAt: number, now: number): Urgency {
  if (now >= dueAt) return "late";
  return dueAt - now <= SOON ? "soon" : "fine";
}

/** The time until, or since: `13:02:09` within a day, whole days and hours beyond, with the words of `t`. */
export function leftText(
  dueAt: number,
  now: number,
  t: (key: string, values: Record<string, number>) => string,
): string {
  const left = Math.abs(dueAt - now);
  if (left < DAY) return runningText(left);
  const { hours } = spanOf(left);
  return t("casework.daysAndHours", { days: Math.floor(hours / 24), hours: hours % 24 });
}
