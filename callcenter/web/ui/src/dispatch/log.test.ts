import { describe, expect, it } from "vitest";
import { detailsOf, wordOf } from "./log";

const t = (key: string, values: Record<string, string | number> = {}) => [key, ...Object.values(values)].join(" ");
const shown = (what: Parameters<typeof detailsOf>[0]["what"], body: Record<string, unknown>) =>
  detailsOf({ what, body }, t).map(({ label, text }) => [label, text]);

describe("the log of an instruction", () => {
  it("has words for steps and for what happens beside them", () => {
    expect(wordOf({ what: "warned" }, ["issued", "warned"])).toBe("enums.InstructionEventKind.warned");
    expect(wordOf({ what: "arrive" }, ["issued", "warned"])).toBe("enums.InstructionStep.arrive");
  });

  it("says what came with it", () => {
    expect(shown("acknowledge", { name: "王强", how: "电话", pbx: "pbx1" })).toEqual([
      ["enums.InstructionField.name", "王强"],
      ["enums.InstructionField.how", "电话"],
    ]);
    expect(shown("off_shelf", { outcome: "taken_off", batches: 2 })).toEqual([
      ["enums.InstructionField.outcome", "enums.OffShelfOutcome.taken_off"],
      ["enums.InstructionField.batches", "2"],
    ]);
    expect(shown("warned", { code: "arrive", percent: 80 })).toEqual([["tickets.clocks.arrive", "tickets.percentOver 80"]]);
    expect(shown("issued", { priority: "P2", unit: 1 })).toEqual([["tickets.columns.priority", "enums.Priority.P2"]]);
    expect(shown("unanswered", {})).toEqual([]);
  });

  it("says which goods were found and what was tested", () => {
    expect(shown("batch_added", { name: "奶粉", quantity: "12.5", measured_in: "箱", measure: "sealed" })).toEqual([
      ["enums.Finding.batch", "奶粉 · 12.5 箱 · enums.Measure.sealed"],
    ]);
    expect(shown("test_added", { item: "奶粉", method: "GB", result: "合格", evidence: "7" })).toEqual([
      ["dispatch.test.item", "奶粉"],
      ["dispatch.test.method", "GB"],
      ["dispatch.test.result", "合格"],
      ["dispatch.test.evidence", "7"],
    ]);
  });
});
