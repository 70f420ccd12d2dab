import { beforeAll, describe, expect, it } from "vitest";
import { arrivalsOption, busyHours, summaryOf, type Arrivals } from "./arrivals";
import ArrivalsChart from "./ArrivalsChart.vue";
import { mounted } from "./mounting";

const hour = (at: number, offered: number | null, missed: number | null, usual: number | null): Arrivals => ({
  hour: at,
  offered,
  missed,
  usual,
});
const DAY = [hour(0, 0, 0, 0), hour(1, 4, 1, 3.25), hour(2, 0, 0, 0), hour(3, 9, 2, 7), hour(4, null, null, 2), hour(5, null, null, 0)];
const LOOK = {
  text: "#111111",
  line: "#222222",
  surface: "#333333",
  answered: "#444444",
  missed: "#555555",
  usual: "#666666",
  font: "sans-serif",
  size: 13,
};
const WORDS = { answered: "接通", missed: "未接", usual: "同日平均", summary: "今日来电 13，未接 3。" };

describe("the arrivals of a day", () => {
  it("are summed up, with the busiest hour", () => {
    expect(summaryOf(DAY)).toEqual({ offered: 13, missed: 3, busiest: { hour: 3, offered: 9 } });
    expect(summaryOf([hour(0, 0, 0, null), hour(1, null, null, null)])).toEqual({ offered: 0, missed: 0, busiest: null });
  });

  it("are drawn from the first busy hour to the last, and whole where nothing is", () => {
    expect(busyHours(DAY).map((one) => one.hour)).toEqual([1, 2, 3, 4]);
    expect(busyHours([hour(0, 0, 0, null)]).map((one) => one.hour)).toEqual([0]);
  });

  it("are bars of answered and missed calls beside a line of what is usual; an hour to come has no bar", () => {
    const option = arrivalsOption(DAY, WORDS, LOOK);
    const series = [option.series].flat().map((one) => [one?.name, one?.type, one?.data]);
    expect(series).toEqual([
      ["接通", "bar", [3, 0, 7, null]],
      ["未接", "bar", [1, 0, 2, null]],
      ["同日平均", "line", [3.25, 0, 7, 2]],
    ]);
    expect(option.aria).toEqual({ enabled: true, label: { description: WORDS.summary }, decal: { show: true } });
    expect(option.tooltip).toMatchObject({ renderMode: "richText" });
  });
});

describe("ArrivalsChart", () => {
  beforeAll(() => {
    // happy-dom lays nothing out: every place has this size
    Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 400 });
    Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 200 });
  });

  it("draws as SVG, and says the same in words", async () => {
    const chart = mounted(ArrivalsChart, { hours: DAY, usualDays: 4, size: 13 });
    expect(chart.get("[role=img]").attributes("aria-label")).toBe("今日来电 13，未接 3。 最忙 3 时，9 通。");
    expect(chart.get("figcaption").text().replace(/\s+/g, " ")).toBe("■ 接通■ 未接◆ 同日平均（4 天）");
    await chart.vm.$nextTick();
    expect(chart.find("svg").exists()).toBe(true);
    chart.unmount();
  });
});
