import { describe, expect, it } from "vitest";
import "@/messages/pages";
import { choiceOf, EVERY, queryOf, searchOf, type CallChoice } from "./filter";

const ZONE = "Asia/Shanghai";
const CHOICE: CallChoice = {
  from: "2026-11-23 09:00",
  to: "2026-11-23 10:30",
  direction: "inbound",
  outcome: ["answered", "busy"],
  queue: "hotline",
  agent: "1001",
  anomaly: "witness_gap",
  unconfirmed: true,
  open: true,
};

describe("the filter of calls", () => {
  it("stands in the address both ways", () => {
    expect(choiceOf(queryOf(CHOICE), ZONE)).toEqual([CHOICE, false]);
    expect(queryOf(EVERY)).toEqual({});
    expect(choiceOf({}, ZONE)).toEqual([EVERY, false]);
  });

  it.each([
    [{ from: "yesterday" }],
    [{ direction: "sideways" }],
    [{ outcome: "lost" }],
    [{ anomaly: "none" }],
    [{ open: "0" }],
    [{ limit: "201" }],
    [{ caller: "13812345678" }],
  ])("that is broken falls back: %j", (query) => expect(choiceOf(query, ZONE)).toEqual([EVERY, true]));

  it("keeps of several outcomes those that there are", () => {
    expect(choiceOf({ outcome: ["busy", "lost"] }, ZONE)).toEqual([{ ...EVERY, outcome: ["busy"] }, true]);
  });

  it("asks for moments of the hotline", () => {
    expect(searchOf(CHOICE, ZONE)).toEqual({
      ...CHOICE,
      from: "2026-11-23T01:00:00.000Z",
      to: "2026-11-23T02:30:00.000Z",
    });
  });
});
