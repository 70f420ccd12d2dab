import { describe, expect, it } from "vitest";
import { batchBodyOf, emptyBatch, faultsOfBatch } from "./batch";
import { bodyOf, emptyStep, faultsOf, fieldsOf, momentOf, type Step, type TypedStep } from "./stepForm";

const ZONE = "Asia/Shanghai";
const LAST = "2026-11-23T08:05:30.000Z";
const step = (name: Step["step"], needs: Step["needs"] = [], takes: Step["takes"] = []): Step => ({ step: name, needs, takes, lacks: [] });
const typed = (changes: Partial<TypedStep>): TypedStep => ({ ...emptyStep(), ...changes });
const milk = { ...emptyBatch(), name: " 全脂  奶粉 ", quantity: "12.5", measured_in: "箱" };
const OFF_SHELF = step("off_shelf", ["outcome"], ["batches"]);

describe("what comes with a step", () => {
  it("are its own fields, and when it was done where that was elsewhere", () => {
    expect(fieldsOf(step("acknowledge", ["name", "how"]), typed({}))).toEqual(["name", "how", "at"]);
    expect(fieldsOf(step("close", [], ["reason"]), typed({}))).toEqual(["reason"]);
    expect(fieldsOf(OFF_SHELF, typed({ outcome: "sold_out" }))).toEqual(["outcome", "at"]);
    expect(fieldsOf(OFF_SHELF, typed({ outcome: "taken_off" }))).toEqual(["outcome", "batches", "at"]);
  });

  it("is checked before it is sent", () => {
    expect(faultsOf(step("acknowledge", ["name", "how"]), typed({ name: "王" }), false, ZONE)).toEqual({ how: "tickets.faults.needed" });
    expect(faultsOf(step("close", [], ["reason"]), typed({}), false, ZONE)).toEqual({});
    expect(faultsOf(step("cancel", ["reason"]), typed({ reason: "误" }), false, ZONE)).toEqual({ reason: "casework.faults.tooShort" });
    expect(faultsOf(step("arrive"), typed({ at: "2026-11-23 25:00" }), false, ZONE)).toEqual({ at: "tickets.faults.moment" });
  });

  it("are goods where some were taken off the shelf, unless they were written down before", () => {
    const bare = typed({ outcome: "taken_off" });
    expect(faultsOf(OFF_SHELF, bare, false, ZONE)).toEqual({ batches: "dispatch.faults.batches" });
    expect(faultsOf(OFF_SHELF, bare, true, ZONE)).toEqual({});
    const wrong = typed({ outcome: "taken_off", batches: [{ ...milk, quantity: "0" }] });
    expect(faultsOf(OFF_SHELF, wrong, true, ZONE)).toEqual({ batches: "dispatch.faults.batch" });
    expect(faultsOf(OFF_SHELF, typed({ outcome: "sold_out", batches: [emptyBatch()] }), false, ZONE)).toEqual({});
  });

  it("is sent without what is empty, and in one line", () => {
    const given = typed({ name: "王强", how: "电话\n回复", feedback: "x" });
    expect(bodyOf(step("acknowledge", ["name", "how"]), given, LAST, ZONE)).toEqual({ name: "王强", how: "电话 回复" });
    const goods = typed({ outcome: "taken_off", batches: [milk], at: "2026-11-23 17:00" });
    expect(bodyOf(OFF_SHELF, goods, LAST, ZONE)).toEqual({
      outcome: "taken_off",
      batches: [
        { name: "全脂 奶粉", brand: null, batch: null, quantity: "12.5", measured_in: "箱", measure: "taken_off", attachment_id: null },
      ],
      at: "2026-11-23T09:00:00.000Z",
    });
  });

  it.each([
    ["2026-11-23 16:05", "2026-11-23T08:05:30.001Z"],
    ["2026-11-23 16:06", "2026-11-23T08:06:00.000Z"],
    ["2026-11-23 16:04", "2026-11-23T08:04:00.000Z"],
    ["16:05", null],
  ])("of the minute of the last one is after it: %s", (text, at) => {
    expect(momentOf(text, LAST, ZONE)).toBe(at);
  });
});

describe("goods that were found", () => {
  it.each([
    ["", "tickets.faults.needed"],
    ["0", "dispatch.faults.quantity"],
    ["-1", "dispatch.faults.quantity"],
    ["1.2345", "dispatch.faults.quantity"],
    ["12箱", "dispatch.faults.quantity"],
    ["12.5", undefined],
  ])("have a quantity: %s", (quantity, fault) => {
    expect(faultsOfBatch({ ...milk, quantity }).quantity).toBe(fault);
  });

  it("have a name and what they are counted in, and perhaps the file that shows them", () => {
    expect(faultsOfBatch(emptyBatch())).toEqual({
      name: "tickets.faults.needed",
      quantity: "tickets.faults.needed",
      measured_in: "tickets.faults.needed",
    });
    expect(batchBodyOf({ ...milk, attachment: "7" }).attachment_id).toBe(7);
  });
});
