import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import { setServerTime, setTimezone } from "./clock";
import Clock from "./Clock.vue";
import LinkBanner from "./LinkBanner.vue";
import { mounted } from "./mounting";
import RunningTime from "./RunningTime.vue";

const MOMENT = Date.UTC(2026, 10, 28, 6, 5, 9);

describe("what runs by the hotline's clock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    setTimezone("Asia/Shanghai");
    setServerTime(MOMENT, performance.now(), performance.now());
  });
  afterEach(() => {
    document.body.innerHTML = "";
    vi.useRealTimers();
  });

  const pass = async (milliseconds: number) => {
    vi.advanceTimersByTime(milliseconds);
    await nextTick();
  };

  it("Clock shows date and time, and whose they are", async () => {
    const clock = mounted(Clock);
    expect(clock.text()).toBe("11-28 周六 14:05:09");
    expect(clock.attributes("title")).toBe("热线时间（Asia/Shanghai）");
    await pass(2_000);
    expect(clock.text()).toBe("11-28 周六 14:05:11");
    clock.unmount();
  });

  it("RunningTime counts from the server's clock, and says from when", async () => {
    const time = mounted(RunningTime, { since: "2026-11-28T06:02:00Z" });
    expect(time.text()).toBe("03:09");
    expect(time.attributes("title")).toBe("11-28 周六 14:02:00");
    await pass(3_000);
    expect(time.text()).toBe("03:12");
    time.unmount();
  });

  it("RunningTime stands still where nobody hears whether it goes on", async () => {
    const time = mounted(RunningTime, { since: "2026-11-28T06:02:00Z", until: MOMENT - 9_000 });
    expect(time.text()).toBe("03:00");
    await pass(3_000);
    expect(time.text()).toBe("03:00");
    time.unmount();
  });

  it("RunningTime is a dash and never 0 where nobody knows", () => {
    const time = mounted(RunningTime, { since: null });
    expect(time.text()).toBe("—");
    expect(time.classes()).toEqual(["unknown"]);
    time.unmount();
  });

  it("LinkBanner is silent for a second, then says for how long", async () => {
    const banner = mounted(LinkBanner, { downSince: performance.now(), isDatabaseAway: false });
    expect(banner.text()).toBe("");
    await pass(1_000);
    expect(banner.text()).toContain("连接中断，正在重连（1 秒）");
    await pass(11_000);
    expect(banner.text()).toContain("（12 秒）");
    await banner.setProps({ downSince: null });
    expect(banner.text()).toBe("");
    await banner.setProps({ isDatabaseAway: true });
    expect(banner.text()).toContain("数据库暂时无法访问");
    banner.unmount();
  });

  it.each([
    [59 * 60 + 59, "59:59"],
    [83 * 60 + 42, "83分"],
  ])("in short, of %d s: %s", (seconds, text) => {
    const props = { since: new Date(MOMENT).toISOString(), until: MOMENT + seconds * 1_000, isShort: true };
    expect(mounted(RunningTime, props).text()).toBe(text);
  });
});
