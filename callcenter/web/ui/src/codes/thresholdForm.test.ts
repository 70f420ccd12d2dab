import { describe, expect, it } from "vitest";
import { axisOf, faultsOfThreshold, shownOf, type Threshold, type TypedThreshold } from "./thresholdForm";

const TODAY = "2026-11-28";
const TYPED: TypedThreshold = { number: "5", names: [], from: "2026-11-29", source: "the office" };
const threshold = (code: Threshold["code"], valid_from: string, is_in_force: boolean): Threshold => ({
  code,
  valid_from,
  is_in_force,
  unit: "people",
  number: 5,
  names: null,
  certainty: "proposed",
  source: "ours",
});

describe("a threshold", () => {
  it("that is typed is a whole number, a share or some codes, from tomorrow on, with a source", () => {
    expect(faultsOfThreshold(TYPED, "people", TODAY)).toEqual({});
    expect(faultsOfThreshold({ ...TYPED, number: "0.5" }, "share", TODAY)).toEqual({});
    expect(faultsOfThreshold({ ...TYPED, number: "", names: ["drug"] }, "goods_codes", TODAY)).toEqual({});
    for (const number of ["", "0", "1001", "2.5", "-1", "5e2", "５"])
      expect(faultsOfThreshold({ ...TYPED, number }, "days", TODAY)).toEqual({ number: "thresholds.faults.number" });
    for (const number of ["", "0", "0.00", "1.01", "0.555", "2"])
      expect(faultsOfThreshold({ ...TYPED, number }, "share", TODAY)).toEqual({ number: "thresholds.faults.share" });
    expect(faultsOfThreshold({ number: "", names: [], from: TODAY, source: " x " }, "problem_codes", TODAY)).toEqual({
      names: "thresholds.faults.codes",
      from: "thresholds.faults.day",
      source: "thresholds.faults.source",
    });
  });

  it("of codes says on which axis they are", () => {
    expect([axisOf("goods_codes"), axisOf("problem_codes"), axisOf("days")]).toEqual(["goods", "problem", null]);
  });

  it("is shown as it is in force, or with those of before and to come, the newest first", () => {
    const [old, now, next, other] = [
      threshold("many_ill", "2026-01-01", false),
      threshold("many_ill", "2026-11-01", true),
      threshold("many_ill", "2026-12-01", false),
      threshold("group_people", "2026-01-01", true),
    ];
    const known = [old, now, next, other];
    expect(shownOf(known, false)).toEqual([now, other]);
    expect(shownOf(known, true)).toEqual([next, now, old, other]);
  });
});
