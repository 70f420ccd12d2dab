import { flushPromises } from "@vue/test-utils";
import { beforeAll, describe, expect, it } from "vitest";
import { mounted } from "@/design/mounting";
import type { Drawing } from "./drawing";
import ReportChart from "./ReportChart.vue";
import ReportCharts from "./ReportCharts.vue";

const chart = (title: string): Drawing => ({
  id: "c2",
  title,
  subtitle: "2026年3月 · 共 12 件",
  width: 640,
  height: 200,
  option: {
    animation: false,
    textStyle: { fontSize: 11 },
    title: { text: title },
    grid: { left: 100, outerBoundsMode: "none" },
    xAxis: { type: "value" },
    yAxis: { type: "category", data: ["热线", "{a|x}<b>"] },
    series: [{ type: "bar", data: [9, 3] }],
  },
  header: ["名称", "件数"],
  rows: [["热线", "9"], ["{a|x}<b>", "3"]],
});

const drawn = async (drawing: Drawing) => {
  const shown = mounted(ReportChart, { chart: drawing });
  await expect.poll(() => shown.get("figure").attributes("data-state"), { timeout: 30_000 }).not.toBe("loading");
  return shown;
};

describe("ReportChart", () => {
  beforeAll(() => {
    Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 640 });
  });

  it("draws the option as SVG of its size, and gives the same figures as a table", async () => {
    const shown = await drawn(chart("接收渠道"));
    expect(shown.get("figure").attributes("data-state")).toBe("drawn");
    const svg = shown.get("svg");
    expect([svg.attributes("width"), svg.attributes("height")]).toEqual(["640", "200"]);
    const texts = svg.findAll("text").map((text) => text.text());
    expect(texts).toEqual(expect.arrayContaining(["接收渠道", "热线", "{a|x}<b>"]));
    expect(shown.get("[role=img]").attributes("aria-label")).toBe("接收渠道 2026年3月 · 共 12 件");
    expect(shown.findAll("tr").map((row) => row.findAll("th, td").map((cell) => cell.text()))).toEqual([
      ["名称", "件数"],
      ["热线", "9"],
      ["{a|x}<b>", "3"],
    ]);
    shown.unmount();
  });

  it("draws another chart in its place", async () => {
    const shown = await drawn(chart("接收渠道"));
    await shown.setProps({ chart: chart("品牌排行") });
    await flushPromises();
    await expect.poll(() => shown.findAll("svg text").map((text) => text.text())).toContain("品牌排行");
    expect(shown.findAll("svg")).toHaveLength(1);
    shown.unmount();
  });

  it("shows the figures where the picture fails", async () => {
    const shown = await drawn({ ...chart("接收渠道"), option: { series: [{ type: "bar", data: [1] }] } });
    expect(shown.get("figure").attributes("data-state")).toBe("failed");
    expect(shown.get("[role=alert]").text()).toBe("接收渠道 · 图表未能显示，数字见下表。");
    expect(shown.get("details").attributes("open")).toBeDefined();
    shown.unmount();
  });
});

describe("ReportCharts", () => {
  it("shows the charts of a report in their order, or that there are none", async () => {
    const shown = mounted(ReportCharts, { charts: [{ ...chart("接收渠道"), id: "c2" }, { ...chart("商品"), id: "c4" }] });
    expect(shown.findAll("figure").map((figure) => figure.attributes("data-chart"))).toEqual(["c2", "c4"]);
    await shown.setProps({ charts: [] });
    expect(shown.text()).toBe("没有图表。");
    shown.unmount();
  });
});
