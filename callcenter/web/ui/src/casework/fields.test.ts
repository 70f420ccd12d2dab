import { describe, expect, it } from "vitest";
import { bodyOf, changesOf, faultsOf, FIELDS, NOTHING, type Typed } from "./fields";

const typed: Typed = {
  ...NOTHING,
  respondent: " 苏果超市武进店 ",
  facts: "奶粉已过期",
  requests: ["refund"],
  amount_in_dispute_cents: "199.9",
  goods_code: "general_food",
  offence_code: "expired_food",
  ill: "2",
};

describe("what a ticket says", () => {
  it("is sent with the fields of its kind, and without those that nothing was typed in", () => {
    expect(bodyOf(typed, "complaint")).toEqual({
      respondent: "苏果超市武进店",
      requests: ["refund"],
      facts: "奶粉已过期",
      amount_in_dispute_cents: 19990,
      goods_code: "general_food",
      ill: 2,
    });
    expect(bodyOf(typed, "enquiry")).toEqual({ facts: "奶粉已过期", goods_code: "general_food" });
    expect(bodyOf(typed, "report")).toMatchObject({ offence_code: "expired_food" });
  });

  it("is corrected by what was typed anew alone, and null takes something back", () => {
    const after = { ...typed, goods_code: "", ill: "", brand: "伊利" };
    expect(changesOf(typed, after, FIELDS.complaint)).toEqual({ goods_code: null, brand: "伊利", ill: 0 });
    expect(changesOf(typed, { ...typed, respondent: "苏果超市武进店" }, FIELDS.complaint)).toEqual({});
  });

  it.each([
    ["amount_in_dispute_cents", "-5", "casework.faults.amount"],
    ["amount_in_dispute_cents", "1.234", "casework.faults.amount"],
    ["ill", "1.5", "casework.faults.count"],
    ["occurred_on", "2026-11-30", "casework.faults.pastDay"],
    ["facts", "无", "casework.faults.tooShort"],
  ])("has a fault where %s is %s", (name, value, fault) => {
    const all = faultsOf({ ...typed, [name]: value }, FIELDS.complaint, "2026-11-29");
    expect(all).toEqual({ [name]: fault });
  });

  it("has no fault in fields that its kind has not", () => {
    expect(faultsOf({ ...typed, ill: "many" }, FIELDS.enquiry, "2026-11-29")).toEqual({});
  });
});
