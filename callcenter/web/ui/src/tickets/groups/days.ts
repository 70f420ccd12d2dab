/** Days of the calendar, as `2026-11-28`. Pure. */
const DAY = 86_400_000;

/** How many days there are from one to another, both included. */
export function daysOf(first: string, last: string): number {
  return Math.round((Date.parse(last) - Date.parse(first)) / DAY) + 1;
}
