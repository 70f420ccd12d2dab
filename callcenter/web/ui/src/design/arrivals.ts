/** The chart of a day's arrivals: what it draws, and the same in words. Pure. */
import type { ChartOption } from "./charts";

/** An hour of the local clock. */
export interface Arrivals {
  hour: number;
  /** Null for an hour that has not begun. */
  offered: number | null;
  missed: number | null;
  /** The mean of the same day of the week; null where none is known. */
  usual: number | null;
}

export interface ArrivalsWords {
  answered: string;
  missed: string;
  usual: string;
  summary: string;
}

export interface Look {
  text: string;
  line: string;
  surface: string;
  answered: string;
  missed: string;
  usual: string;
  font: string;
  /** In pixels. */
  size: number;
}

export interface DaySummary {
  offered: number;
  missed: number;
  /** The hour with the most calls; null while there is none. */
  busiest: { hour: number; offered: number } | null;
}

export function summaryOf(hours: readonly Arrivals[]): DaySummary {
  let busiest: DaySummary["busiest"] = null;
  for (const { hour, offered } of hours) {
    if (offered !== null && offered > (busiest?.offered ?? 0)) busiest = { hour, offered };
  }
  const sum = (of: "offered" | "missed") => hours.reduce((total, hour) => total + (hour[of] ?? 0), 0);
  return { offered: sum("offered"), missed: sum("missed"), busiest };
}

/** From the first hour to the last in which anything came or usually comes: nights are mostly empty. */
export function busyHours(hours: readonly Arrivals[]): readonly Arrivals[] {
  const isBusy = (hour: Arrivals) => (hour.offered ?? 0) > 0 || (hour.usual ?? 0) > 0;
  const first = hours.findIndex(isBusy);
  return first < 0 ? hours : hours.slice(first, hours.findLastIndex(isBusy) + 1);
}

export function arrivalsOption(hours: readonly Arrivals[], words: ArrivalsWords, look: Look): ChartOption {
  const shown = busyHours(hours);
  const text = { color: look.text, fontFamily: look.font, fontSize: look.size };
  const axis = { axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false }, axisLabel: text };
  return {
    animation: false,
    aria: { enabled: true, label: { description: words.summary }, decal: { show: true } },
    grid: {
      left: 2,
      right: 8,
      top: look.size * 0.7,
      bottom: 2,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    tooltip: {
      trigger: "axis",
      // as HTML it would need styles that the policy of the page refuses
      renderMode: "richText",
      backgroundColor: look.surface,
      borderColor: look.line,
      textStyle: text,
      valueFormatter: (value) => (typeof value === "number" ? String(Math.round(value * 10) / 10) : "—"),
    },
    xAxis: { type: "category", data: shown.map(({ hour }) => String(hour)), ...axis },
    yAxis: { type: "value", minInterval: 1, splitNumber: 2, splitLine: { lineStyle: { color: look.line } }, ...axis },
    series: [
      {
        name: words.answered,
        type: "bar",
        stack: "offered",
        color: look.answered,
        data: shown.map(({ offered, missed }) => (offered === null ? null : offered - (missed ?? 0))),
      },
      { name: words.missed, type: "bar", stack: "offered", color: look.missed, data: shown.map(({ missed }) => missed) },
      {
        name: words.usual,
        type: "line",
        color: look.usual,
        lineStyle: { type: "dashed", width: Math.max(2, look.size / 8) },
        symbol: "diamond",
        symbolSize: Math.max(6, look.size / 2.5),
        data: shown.map(({ usual }) => usual),
      },
    ],
  };
}
