import { describe, expect, it } from "vitest";
import openapi from "../api/made/openapi.json";
import { newKey } from "@/api/keys";
import { canBeJudged, JUDGEMENTS, lastDialOf, placeOf, REQUIRED_ATTEMPTS, STEPS, type Dial } from "./dials";

const dial = (changes: object) => ({ id: 1, episode_id: 7, user: "chen", state: "ended", outcome: "talked", ...changes }) as Dial;

describe("dials", () => {
  it.each([
    ["asked", ["present", "coming", "coming", "coming"]],
    ["customer_ringing", ["done", "done", "present", "coming"]],
    ["ending", ["done", "done", "done", "done"]],
  ] as const)("at %s the chain is %j", (present, places) =>
    expect(STEPS.map((step) => placeOf(step, present))).toEqual(places),
  );

  it("of an episode are shown to who made them, the newest", () => {
    const dials = [dial({ id: 4, user: "wang" }), dial({ id: 3, episode_id: 8 }), dial({ id: 2 }), dial({ id: 1 })];
    expect(lastDialOf(dials, 7, "chen")?.id).toBe(2);
    expect(lastDialOf(dials, 9, "chen")).toBeNull();
  });

  it.each([
    [{ state: "dialling", outcome: null }, false],
    [{ state: "not_sent", outcome: null }, false],
    [{ state: "unknown", outcome: null }, true],
    [{ outcome: "agent_no_answer" }, false],
    [{ outcome: "cancelled" }, false],
    [{ outcome: "no_answer" }, true],
    [{ outcome: "talked" }, true],
  ])("%j can be judged: %s", (changes, can) => expect(canBeJudged(dial(changes))).toBe(can));

  it("have keys that the backend takes, each another", () => {
    expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
    expect(newKey()).not.toBe(newKey());
  });

  it("follow the backend's own lists and figures", () => {
    const { DialStep, Judgement, ClaimView } = openapi.components.schemas;
    expect([...STEPS, "ending"].sort()).toEqual([...DialStep.enum].sort());
    expect([...JUDGEMENTS].sort()).toEqual([...Judgement.enum].sort());
    expect(ClaimView.properties.required_attempts.default).toBe(REQUIRED_ATTEMPTS);
  });
});
