import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import { setServerTime, setTimezone } from "./clock";
import Figure from "./Figure.vue";
import { mounted } from "./mounting";

const NOW = Date.UTC(2026, 10, 28, 6, 4, 53);
const fresh = { asOf: NOW - 2_000, isOld: false };

function shown(props: Record<string, unknown>) {
  const figure = mounted(Figure, { label: "等待中", value: "3", freshness: fresh, ...props });
  return figure;
}

describe("Figure", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    setTimezone("Asia/Shanghai");
    setServerTime(NOW, performance.now(), performance.now());
  });
  afterEach(() => {
    document.body.innerHTML = "";
    vi.useRealTimers();
  });

  it("shows name, value, unit and what it is made of; its tone also as a shape", () => {
    const figure = shown({ value: "91.3", unit: "%", detail: "73/80", tone: "alarming", showsAge: true });
    expect(figure.get(".name").text()).toBe("▲\u00a0等待中");
    expect(figure.get(".value").text()).toBe("91.3%");
    expect(figure.get(".detail").text()).toBe("73/80");
    expect(figure.get(".age").text()).toBe("2 秒前");
    expect(figure.get("[role=group]").attributes("tabindex")).toBeUndefined();
  });

  it("that is old is hatched, says of when it is, and means nothing more", () => {
    const figure = shown({ freshness: { asOf: NOW - 2_000, isOld: true }, tone: "good", detail: "hotline 3" });
    expect(figure.get(".figure").classes()).toContain("old");
    expect(figure.get(".name").text()).toBe("等待中");
    expect(figure.get(".value").text()).toBe("3");
    expect(figure.get(".detail").text()).toBe("");
    expect(figure.get(".age").text()).toBe("截至 14:04:51");
  });

  it.each([
    ["null", { value: null }],
    ["never told", { freshness: { asOf: null, isOld: true } }],
  ])("that is not known (%s) is a dash and never 0", (_, props) => {
    expect(shown(props).get(".value").text()).toBe("—未知");
  });

  it("can be reached by keyboard where it explains itself, and does so on focus", async () => {
    const figure = shown({ definition: "此刻在队列中等待的来电数。" });
    const group = figure.get("[role=group]");
    expect(group.attributes("tabindex")).toBe("0");
    await group.trigger("focus");
    vi.advanceTimersByTime(1_000);
    await nextTick();
    expect(document.body.textContent).toContain("此刻在队列中等待的来电数。");
  });
});
