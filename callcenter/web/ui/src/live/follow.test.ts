// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, type EffectScope } from "vue";
import { useFollow } from "./follow";

const MINUTE = 60_000;

describe("a page that follows", () => {
  let scope: EffectScope;
  let isPaused = false;
  let isHidden = false;
  const read = vi.fn(async () => undefined);

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    vi.spyOn(document, "hidden", "get").mockImplementation(() => isHidden);
    isPaused = isHidden = false;
    read.mockClear();
    scope = effectScope();
    scope.run(() => useFollow(read, () => isPaused));
  });
  afterEach(() => {
    scope.stop();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("reads each 15 seconds, and no more once it is gone", () => {
    vi.advanceTimersByTime(MINUTE);
    expect(read).toHaveBeenCalledTimes(4);
    scope.stop();
    vi.advanceTimersByTime(MINUTE);
    window.dispatchEvent(new Event("focus"));
    expect(read).toHaveBeenCalledTimes(4);
  });

  it("reads nothing while it is hidden or something is typed, and once when one comes back", () => {
    isHidden = true;
    vi.advanceTimersByTime(MINUTE);
    isHidden = false;
    isPaused = true;
    vi.advanceTimersByTime(MINUTE);
    expect(read).not.toHaveBeenCalled();
    isPaused = false;
    document.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(new Event("focus"));
    expect(read).toHaveBeenCalledTimes(1);
  });

  it("reads no more where nobody has touched it for ten minutes, and at once when somebody does", () => {
    vi.advanceTimersByTime(10 * MINUTE);
    expect(read).toHaveBeenCalledTimes(40);
    vi.advanceTimersByTime(60 * MINUTE);
    expect(read).toHaveBeenCalledTimes(40);
    window.dispatchEvent(new Event("keydown"));
    expect(read).toHaveBeenCalledTimes(41);
    vi.advanceTimersByTime(MINUTE);
    expect(read).toHaveBeenCalledTimes(45);
  });
});
