import { describe, expect, it } from "vitest";
import { emptyStep, faultsOfStep, noticeBodyOf, stepBodyOf, type Step, type TypedStep } from "./stepForm";

const ZONE = "Asia/Shanghai";
const RECEIVED = "2026-11-29T06:05:09.000Z";
const AFTER = "2026-11-29T06:05:09.001Z";
const refuse: Step = { step: "refuse", needs: ["ground", "reason", "notice"], takes: [], lacks: [] };
const settle: Step = {
  step: "settle",
  needs: ["how_settled"],
  takes: ["agreement", "mediation_id", "amount_recovered_cents"],
  lacks: [],
};
const accept: Step = { step: "accept", needs: [], takes: ["notice"], lacks: [] };
const typed = (given: Partial<TypedStep>): TypedStep => ({ ...emptyStep("2026-11-29 14:05"), ...given });

describe("what comes with a step", () => {
  it("is what it needs, and nothing that was typed for another", () => {
    const given = typed({ ground: "3", reason: " 无\n消费关系 ", feedback: "不需要" });
    expect(faultsOfStep(refuse, given, ZONE)).toEqual({});
    expect(stepBodyOf(refuse, given, RECEIVED, ZONE)).toEqual({
      ground: 3,
      reason: "无 消费关系",
      notice: { to: "complainant", by: "call", at: AFTER, call: null, proof: null },
    });
  });

  it("has a fault for each field that it needs and that is empty", () => {
    expect(faultsOfStep(refuse, typed({}), ZONE)).toEqual({
      ground: "tickets.faults.needed",
      reason: "tickets.faults.needed",
    });
  });

  it("leaves out a notice that nobody gave", () => {
    expect(stepBodyOf(accept, typed({}), RECEIVED, ZONE)).toEqual({});
  });

  it.each([
    [{ agreement: "" }, { agreement: "tickets.faults.agreement" }],
    [{ agreement: "退款", mediation_id: "4" }, { agreement: "tickets.faults.agreement" }],
    [{ mediation_id: "4" }, {}],
    [{ agreement: "退款", amount_recovered_cents: "abc" }, { amount_recovered_cents: "casework.faults.amount" }],
  ])("is of a settlement one text or one mediation: %j", (given, faults) => {
    expect(faultsOfStep(settle, typed({ how_settled: "mediated", ...given }), ZONE)).toEqual(faults);
  });

  it("has amounts in cents and several lines where the backend takes them", () => {
    const given = typed({ how_settled: "mediated", agreement: "一、退款\n二、道歉", amount_recovered_cents: "199.5" });
    expect(stepBodyOf(settle, given, RECEIVED, ZONE)).toEqual({
      how_settled: "mediated",
      agreement: "一、退款\n二、道歉",
      amount_recovered_cents: 19_950,
    });
  });
});

describe("a notice", () => {
  const notice = { ...typed({}).notice, call: "pbx1/pbx1-7.0" };

  it("of the minute in which the matter was received came after it", () => {
    expect(noticeBodyOf(notice, RECEIVED, ZONE).at).toBe(AFTER);
    expect(noticeBodyOf({ ...notice, at: "2026-11-29 14:04" }, RECEIVED, ZONE).at).toBe("2026-11-29T06:04:00.000Z");
  });

  it("names its call in its two parts", () => {
    expect(noticeBodyOf(notice, RECEIVED, ZONE).call).toEqual({ pbx: "pbx1", call_id: "pbx1-7.0" });
  });
});
