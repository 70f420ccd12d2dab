import { describe, expect, it } from "vitest";
import type { Me } from "@/session/me";
import { isAway, nextWord, ownState, secondsFor, wrapUpLeft } from "./seat";

type Seat = NonNullable<Me["seat"]>;
const SINCE = "2026-11-28T06:00:00Z";
const seat = (more: Partial<Seat>): Seat => ({
  pbx: "pbx1",
  interface: "PJSIP/2001",
  queues: ["hotline"],
  state: "available",
  reason: null,
  next_reason: null,
  since: SINCE,
  wrap_up_ends_at: null,
  ...more,
});

describe("the own seat", () => {
  it.each<[string, Seat | null, ReturnType<typeof ownState>]>([
    ["of nobody", null, { state: "unknown", word: "desk.signedOff", since: null }],
    ["not heard", seat({ state: null, since: null }), { state: "unknown", word: "desk.unknownState", since: null }],
    ["free", seat({}), { state: "available", word: "enums.SeatState.available", since: SINCE }],
    ["at lunch", seat({ state: "paused", reason: "meal" }), { state: "paused", word: "enums.PauseReason.meal", since: SINCE }],
    ["paused at the PBX for a reason of its own", seat({ state: "paused", reason: "x" }), { state: "paused", word: "enums.SeatState.paused", since: SINCE }],
    ["that the PBX does not reach", seat({ state: "unreachable" }), { state: "alarming", word: "enums.SeatState.unreachable", since: SINCE }],
  ])("%s", (_, given, shown) => {
    expect(ownState(given)).toEqual(shown);
  });

  it.each<[string, Seat | null, string | null]>([
    ["calls", seat({ state: "talking" }), null],
    ["a meal", seat({ state: "talking", next_reason: "meal" }), "enums.PauseReason.meal"],
    ["a pause for a reason of the PBX's own, or for none", seat({ state: "talking", next_reason: "" }), "enums.SeatState.paused"],
    ["nothing, where nobody sits", null, null],
  ])("is followed by %s", (_, given, word) => {
    expect(nextWord(given)).toBe(word);
  });

  it("takes no calls in a pause and in the wrap-up", () => {
    expect([null, seat({}), seat({ state: "paused" }), seat({ state: "wrap_up" })].map(isAway)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});

describe("a wrap-up", () => {
  const now = Date.parse(SINCE) + 15_000;
  const running = seat({ state: "wrap_up", wrap_up_ends_at: "2026-11-28T06:01:00Z" });

  it.each([
    [running, 0.75],
    [seat({ wrap_up_ends_at: SINCE }), 0],
    [seat({}), 0],
  ])("has its share left", (given, share) => {
    expect(wrapUpLeft(given, now)).toBe(share);
  });

  it("is made longer by what is added to what is left", () => {
    expect([secondsFor(running, now, 60), secondsFor(running, now + 100_000, 60)]).toEqual([105, 60]);
  });
});
