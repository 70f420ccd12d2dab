import { effectScope, nextTick } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { onWake, serverNow, setServerTime, useNow, watchForWaking } from "./clock";

const NOON = Date.UTC(2026, 10, 28, 4, 0, 0);

describe("the hotline's clock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("runs from the server's time, whatever this machine's clock says", () => {
    vi.setSystemTime(NOON + 7 * 60_000);
    const sent = performance.now();
    vi.advanceTimersByTime(200);
    setServerTime(NOON, sent, performance.now());
    expect(serverNow()).toBe(NOON + 100);
    vi.setSystemTime(NOON - 3_600_000);
    vi.advanceTimersByTime(2_000);
    expect(serverNow()).toBe(NOON + 2_100);
  });

  it("ticks on the server's full seconds while somebody looks", async () => {
    const at = performance.now();
    setServerTime(NOON + 400, at, at);
    const scope = effectScope();
    const now = scope.run(() => useNow());
    vi.advanceTimersByTime(600);
    await nextTick();
    expect(now?.value).toBe(NOON + 1_000);
    vi.advanceTimersByTime(1_000);
    expect(now?.value).toBe(NOON + 2_000);
    scope.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("notices that the machine slept", () => {
    const told = vi.fn();
    const forget = onWake(told);
    const end = watchForWaking();
    vi.advanceTimersByTime(5_000);
    expect(told).not.toHaveBeenCalled();
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(1_000);
    expect(told).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(5_000);
    expect(told).toHaveBeenCalledOnce();
    forget();
    end();
  });

  it("notices that the page stood still while both clocks ran, and lets a hidden page sleep until it is seen", () => {
    const told = vi.fn();
    const forget = onWake(told);
    const end = watchForWaking();
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    const steady = vi.spyOn(performance, "now");
    const standStill = (milliseconds: number) => {
      const now = performance.now() + milliseconds;
      vi.setSystemTime(Date.now() + milliseconds);
      steady.mockReturnValue(now);
    };
    standStill(60_000);
    vi.advanceTimersByTime(1_000);
    expect(told).not.toHaveBeenCalled();
    standStill(60_000);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(told).toHaveBeenCalledOnce();
    standStill(600_000);
    document.dispatchEvent(new Event("resume"));
    expect(told).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
    forget();
    end();
  });
});
