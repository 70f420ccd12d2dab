import { describe, expect, it } from "vitest";
import { freshnessOf, worstOf } from "./freshness";

const AT = "2026-11-28T06:05:00Z";
const NOW = Date.parse(AT);

describe("how old a group is", () => {
  it.each([
    ["just told", { as_of: AT, is_blind: false }, 5_000, { asOf: NOW, isOld: false }],
    ["told too long ago", { as_of: AT, is_blind: false }, 5_001, { asOf: NOW, isOld: true }],
    ["blind", { as_of: AT, is_blind: true }, 0, { asOf: NOW, isOld: true }],
    ["never told", { as_of: null, is_blind: false }, 0, { asOf: null, isOld: true }],
    ["told in a moment, by a clock that is behind", { as_of: AT, is_blind: false }, -300, { asOf: NOW, isOld: false }],
  ])("%s", (_, source, later, freshness) => {
    expect(freshnessOf(source, NOW + later)).toEqual(freshness);
  });

  it("of a whole is that of its worst part", () => {
    const fresh = { asOf: NOW, isOld: false };
    expect(worstOf([fresh, { asOf: NOW - 9_000, isOld: true }])).toEqual({ asOf: NOW - 9_000, isOld: true });
    expect(worstOf([fresh, { asOf: null, isOld: true }])).toEqual({ asOf: null, isOld: true });
    expect(worstOf([])).toEqual({ asOf: null, isOld: true });
  });
});
