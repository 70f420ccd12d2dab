import { describe, expect, it } from "vitest";
import { exampleBoard } from "./example";
import { countStates, idleOf, seatsOf } from "./seats";

const names = (order: "name" | "urgency", queues: string[] = []) => seatsOf(exampleBoard(), queues, order).map((seat) => seat.name);

describe("who sits where", () => {
  it("by name, in the order of pinyin, so that nobody moves", () => {
    expect(names("name")).toEqual([null, "1003", "陈丽", "王芳", "sun", "zhao"]);
  });

  it("by urgency, for a screen that has no room for all", () => {
    expect(names("urgency")).toEqual([null, "1003", "王芳", "陈丽", "zhao", "sun"]);
  });

  it("of one queue", () => {
    expect(names("name", ["advice"])).toEqual(["1003"]);
  });

  it("names nobody by a telephone number", () => {
    expect(JSON.stringify(seatsOf(exampleBoard(), [], "name").map((seat) => seat.name))).not.toMatch(/138/);
  });

  it("counts those who are there by what they do", () => {
    const seats = seatsOf(exampleBoard(), [], "name");
    expect(countStates(seats)).toEqual([
      ["unreachable", 1],
      ["talking", 2],
      ["available", 1],
      ["paused", 1],
      ["signed_off", 1],
    ]);
    expect(idleOf(seats)).toEqual({ idle: 1, of: 5 });
  });

  it("knows of no free seat while the PBX is not heard", () => {
    const seats = seatsOf(exampleBoard(), [], "name").map((seat) => ({ ...seat, state: "unknown" as const }));
    expect(idleOf(seats)).toBeNull();
    expect(idleOf([])).toEqual({ idle: 0, of: 0 });
  });
});
