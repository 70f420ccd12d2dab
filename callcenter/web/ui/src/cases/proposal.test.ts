import { describe, expect, it } from "vitest";
import { bodyOf, eventsOf, faultsOf, isAuthor, officersOf, typedOf, type Flag, type TypedProposal } from "./proposal";

const CASE: TypedProposal = {
  decision: "filed",
  case_number: " 常市监案〔2026〕7号 ",
  officers: "王强、李敏",
  ground: "2",
  reason: "",
};
const REFUSAL: TypedProposal = { ...CASE, decision: "refused", reason: "违法行为轻微\n并及时改正" };
const flag = (changes: Partial<Flag>) => ({ state: "proposed", proposed_by: "wang", events: ["send_back", "withdraw"], ...changes }) as Flag;
const ALL = ["propose", "sign", "send_back", "withdraw", "extend", "result"] as const;

describe("a proposal", () => {
  it("is sent without what was typed for the other decision", () => {
    expect(bodyOf(CASE)).toEqual({
      decision: "filed",
      case_number: "常市监案〔2026〕7号",
      officers: ["王强", "李敏"],
      ground: null,
      reason: null,
    });
    expect(bodyOf(REFUSAL)).toEqual({
      decision: "refused",
      case_number: null,
      officers: [],
      ground: 2,
      reason: "违法行为轻微 并及时改正",
    });
  });

  it.each([
    [CASE, []],
    [REFUSAL, []],
    [{ ...CASE, decision: "" } as const, ["decision"]],
    [{ ...CASE, case_number: " ", officers: "王强，王强" }, ["case_number", "officers"]],
    [{ ...CASE, reason: "短" }, ["reason"]],
    [{ ...REFUSAL, ground: "", reason: "" }, ["ground", "reason"]],
  ])("of %j has these faults: %j", (typed, faults) => {
    expect(Object.keys(faultsOf(typed))).toEqual(faults);
  });

  it("names each officer once, whatever stands between them", () => {
    expect(officersOf("王强, 李敏；Ann  Li、王强、")).toEqual(["王强", "李敏", "Ann Li"]);
  });

  it("begins with the one that was sent back, but for what is masked", () => {
    const before = { proposes: "filed", case_number: "7号", officers: ["王强", "李敏"], ground: null, reason: "见139****1111" } as const;
    expect(typedOf(flag(before as never))).toEqual({
      decision: "filed",
      case_number: "7号",
      officers: "王强、李敏",
      ground: "",
      reason: "",
    });
  });
});

describe("a signature", () => {
  it("stands in its place for the author, who may not give it", () => {
    const isByAuthor = isAuthor(flag({}), "wang", true);
    expect(isByAuthor).toBe(true);
    expect(eventsOf(flag({}), ALL, isByAuthor)).toEqual(["sign", "send_back", "withdraw"]);
  });

  it("is offered to nobody else who may not sign", () => {
    expect(isAuthor(flag({}), "wang", false)).toBe(false);
    expect(isAuthor(flag({ state: "open" }), "wang", true)).toBe(false);
    expect(isAuthor(flag({}), "sun", true)).toBe(false);
    expect(eventsOf(flag({ events: [] }), ALL, false)).toEqual([]);
  });
});
