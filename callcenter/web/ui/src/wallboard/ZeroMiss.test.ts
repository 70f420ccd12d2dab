import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { setServerTime, setTimezone } from "@/design/clock";
import { mounted } from "@/design/mounting";
import { exampleBoard, NOW } from "./example";
import ZeroMiss from "./ZeroMiss.vue";

const audit = exampleBoard().audit;
const gauge = (changes: object, isCut = false) => {
  const shown = mounted(ZeroMiss, { audit: { ...audit, ...changes }, isCut, showsWork: true });
  const text = shown.get(".gauge").text();
  const whole = shown.text().replace(/\s+/g, " ");
  shown.unmount();
  return [text, whole] as const;
};

describe("ZeroMiss", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    setTimezone("Asia/Shanghai");
    setServerTime(NOW, performance.now(), performance.now());
  });
  afterEach(() => vi.useRealTimers());

  it("is green only if all four are known and 0, and not too old", () => {
    expect(gauge({ undisposed: 0 })[0]).toBe("● 达成");
    expect(gauge({ undisposed: 2 })[0]).toBe("◆ 尚有未处置");
    expect(gauge({ undisposed: null })[0]).toBe("▨ 不明");
    expect(gauge({ unconfirmed: 1 })[0]).toBe("▲ 未达成");
    expect(gauge({ unexplained: null })[0]).toBe("▨ 不明");
    expect(gauge({ as_of: "2026-11-28T06:02:00Z" })[0]).toBe("▨ 不明");
    expect(gauge({}, true)[0]).toBe("▨ 不明");
  });

  it("shows what is not known as a dash", () => {
    expect(gauge({ blind_minutes: null, unexplained: 3 })[1]).toBe(
      "零遗漏▲ 未达成无法解释 3未确认 0盲区 —未处置 2截至 14:04:19",
    );
  });
});
