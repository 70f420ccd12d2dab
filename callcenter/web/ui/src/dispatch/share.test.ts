import { describe, expect, it } from "vitest";
import { levelOf, runningOf, shareOf, type Clock } from "./share";

const at = (moment: string) => Date.parse(`2026-11-23T${moment}Z`);
const clock = (warned: number[] = [], changes: Partial<Clock> = {}): Clock => ({
  code: "off_shelf",
  begins_at: "2026-11-23T00:00:00Z",
  target_due_at: "2026-11-23T10:00:00Z",
  legal_due_at: null,
  missing_year: null,
  stopped_at: null,
  state: "running",
  warned,
  ...changes,
});

describe("the share of a clock that is over", () => {
  it.each([
    ["00:00:00", [], 0],
    ["02:30:00", [], 25],
    ["05:00:00", [50], 50],
    ["07:00:00", [50], 70],
    ["09:00:00", [50, 80], 90],
    ["10:00:00", [50, 80], 100],
    ["23:00:00", [50, 80, 100], 100],
  ])("at %s is by the time where it runs through", (now, warned, share) => {
    expect(shareOf(clock(warned), at(now))).toBeCloseTo(share);
  });

  it("does not pass a mark of which the backend has not warned, as one of office hours stands still at night", () => {
    expect(shareOf(clock(), at("09:00:00"))).toBe(50);
    expect(shareOf(clock([50]), at("09:59:00"))).toBe(80);
  });

  it("is at least that of which the backend has warned, and all of it once the time has come, warned or not", () => {
    expect(shareOf(clock([50, 80]), at("01:00:00"))).toBe(80);
    expect(shareOf(clock(), at("10:00:00"))).toBe(100);
    expect(shareOf(clock([100]), at("09:00:00"))).toBeLessThan(100);
  });

  it.each([
    [0, "fine"],
    [49.9, "fine"],
    [50, "half"],
    [80, "nearly"],
    [99.9, "nearly"],
    [100, "late"],
  ])("of %s is %s", (share, level) => {
    expect(levelOf(share)).toBe(level);
  });
});

describe("the clock that is shown", () => {
  it("is the one that is due next, of those that run", () => {
    const stopped = clock([], { code: "acknowledge", stopped_at: "2026-11-23T01:00:00Z" });
    const later = clock([], { code: "field_feedback", target_due_at: "2026-11-24T00:00:00Z" });
    const due = "2026-11-23T10:00:00Z";
    expect(runningOf({ clocks: [stopped, later, clock()], next_due_at: due })?.code).toBe("off_shelf");
    expect(runningOf({ clocks: [stopped], next_due_at: null })).toBeNull();
  });
});
