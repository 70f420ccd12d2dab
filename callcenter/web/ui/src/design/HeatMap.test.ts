import { describe, expect, it } from "vitest";
import { heatTable, meanText, type HeatCell } from "./heat";
import HeatMap from "./HeatMap.vue";
import { mounted } from "./mounting";

const CELLS: HeatCell[] = [
  { weekday: 1, hour: 8, offered: 10, missed: 1 },
  { weekday: 1, hour: 9, offered: 20.4, missed: 0 },
  { weekday: 2, hour: 9, offered: 0, missed: 0 },
  { weekday: 2, hour: 11, offered: 0.5, missed: null },
  { weekday: 3, hour: 20, offered: 0, missed: 0 },
  { weekday: 7, hour: 9, offered: null, missed: null },
];

describe("HeatMap", () => {
  it("has the hours in which anything came, and shades by fifths of the largest", () => {
    const { hours, rows } = heatTable(CELLS, "offered");
    expect(hours).toEqual([8, 9, 10, 11]);
    expect(rows.map((row) => row.cells.map((cell) => cell.shade))).toEqual([
      [3, 5, null, null],
      [null, 0, null, 1],
      ...Array.from({ length: 5 }, () => [null, null, null, null]),
    ]);
    expect(heatTable(CELLS, "missed").rows[0]?.cells.map((cell) => cell.shade)).toEqual([5, 0, null, null]);
  });

  it.each([
    [null, "—"],
    [0, "0"],
    [0.46, "0.5"],
    [9.94, "9.9"],
    [12.6, "13"],
  ])("a mean of %s is written %s", (mean, text) => {
    expect(meanText(mean)).toBe(text);
  });

  it("is a table that says of each cell what it is", () => {
    const map = mounted(HeatMap, { cells: CELLS, of: "offered", caption: "一周忙闲" });
    expect(map.get("caption").text()).toBe("一周忙闲");
    expect(map.findAll("thead th").map((cell) => cell.text())).toEqual(["8", "9", "10", "11"]);
    const monday = map.get("tbody tr");
    expect(monday.text()).toBe("周一1020——");
    expect(monday.findAll("td").map((cell) => cell.classes())).toEqual([["shade-3"], ["shade-5"], ["unknown"], ["unknown"]]);
    expect(monday.get("td").attributes("title")).toBe("平均来电 10，未接 1");
  });

  it("without any call says so", () => {
    expect(mounted(HeatMap, { cells: [], of: "missed", caption: "一周忙闲" }).text()).toBe("还没有数据");
  });
});
