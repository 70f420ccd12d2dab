/** Of which days and of which unit the figures are: it stands in the address. Pure. */
import type { LocationQuery } from "vue-router";

export interface Choice {
  from: string;
  to: string;
  /** Null for all. */
  unit: number | null;
}

/** What an office reports by, and the last of each that is over. */
export const PERIODS = ["thisMonth", "lastMonth", "lastQuarter", "thisYear", "lastYear"] as const;
export type Period = (typeof PERIODS)[number];

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Days as `2026-11-28`; both are included. The month of a `Date` may lie outside of its year. */
function days(year: number, firstMonth: number, months: number): Pick<Choice, "from" | "to"> {
  const text = (moment: number) => new Date(moment).toISOString().slice(0, 10);
  return { from: text(Date.UTC(year, firstMonth, 1)), to: text(Date.UTC(year, firstMonth + months, 0)) };
}

/** What goes on ends with today. */
export function daysOf(period: Period, today: string): Pick<Choice, "from" | "to"> {
  const year = Number(today.slice(0, 4));
  const month = Number(today.slice(5, 7)) - 1;
  switch (period) {
    case "thisMonth":
      return { ...days(year, month, 1), to: today };
    case "lastMonth":
      return days(year, month - 1, 1);
    case "lastQuarter":
      return days(year, Math.floor(month / 3) * 3 - 3, 3);
    case "thisYear":
      return { ...days(year, 0, 12), to: today };
    case "lastYear":
      return days(year - 1, 0, 12);
  }
}

/** What an address cannot mean is as if it were not there: this month, of all units. */
export function choiceOf(query: LocationQuery, today: string): Choice {
  const { from, to, unit } = query;
  const isPeriod = typeof from === "string" && typeof to === "string" && DAY.test(from) && DAY.test(to);
  return {
    ...(isPeriod ? { from, to } : daysOf("thisMonth", today)),
    unit: typeof unit === "string" && /^[1-9]\d{0,14}$/.test(unit) ? Number(unit) : null,
  };
}

export function queryOf({ from, to, unit }: Choice): Record<string, string> {
  return { from, to, ...(unit === null ? {} : { unit: String(unit) }) };
}

/** Which of the periods these days are; null for others. */
export function periodOf({ from, to }: Choice, today: string): Period | null {
  return PERIODS.find((one) => daysOf(one, today).from === from && daysOf(one, today).to === to) ?? null;
}

/** Below it one case more or less moves a share by three points: it is marked. */
export const FEW = 30;

/** `98.1`, of a share; null where there was nothing to divide by. */
export function percentText(value: number | null): string | null {
  return value === null ? null : (value * 100).toFixed(1);
}
