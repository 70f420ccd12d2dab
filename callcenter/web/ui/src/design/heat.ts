/** Hours by days of the week, as a table of shades. Pure. */

export interface HeatCell {
  /** Monday is 1. */
  weekday: number;
  hour: number;
  /** Means of calls for each time that hour came; null if it never did. */
  offered: number | null;
  missed: number | null;
}

export interface ShadedCell extends HeatCell {
  /** 0 for none, 1 to 5 by fifths of the largest; null where nothing is known. */
  shade: number | null;
}

export const SHADES = 5;

export interface HeatTable {
  hours: readonly number[];
  rows: readonly { weekday: number; cells: readonly ShadedCell[] }[];
}

/** Of the hours in which anything ever came; by one measure of two. */
export function heatTable(cells: readonly HeatCell[], of: "offered" | "missed"): HeatTable {
  const most = Math.max(0, ...cells.map((cell) => cell[of] ?? 0));
  const busy = cells.filter((cell) => (cell.offered ?? 0) > 0).map((cell) => cell.hour);
  const first = Math.min(...busy);
  const hours = busy.length === 0 ? [] : Array.from({ length: Math.max(...busy) - first + 1 }, (_, step) => first + step);
  const found = new Map(cells.map((cell) => [`${cell.weekday}-${cell.hour}`, cell]));
  const shaded = (weekday: number, hour: number): ShadedCell => {
    const cell = found.get(`${weekday}-${hour}`) ?? { weekday, hour, offered: null, missed: null };
    const value = cell[of];
    return { ...cell, shade: value === null ? null : value === 0 ? 0 : Math.ceil((value / most) * SHADES) };
  };
  return {
    hours,
    rows: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, cells: hours.map((hour) => shaded(weekday, hour)) })),
  };
}

/** At most one digit behind the point: `12`, `3.4`. */
export function meanText(value: number | null): string {
  if (value === null) return "—";
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}
