import { expect, it } from "vitest";
import { daysOf } from "./days";

it("counts both days, over the end of a month and of summer time", () => {
  expect(daysOf("2026-10-26", "2026-11-24")).toBe(30);
  expect(daysOf("2026-03-28", "2026-03-29")).toBe(2);
  expect(daysOf("2026-11-24", "2026-11-24")).toBe(1);
});
