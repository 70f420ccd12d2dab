import { describe, expect, it } from "vitest";
import {
  answersItself,
  callsToBringBack,
  findCall,
  heardSound,
  isSaidToBeOver,
  mayBeTaken,
  NO_SILENCE,
  numberOf,
  renewalAt,
  warningOf,
  type Desk,
  type Warning,
} from "./rules";

const KEY = "pbx1/1764000000.7";

/** A desk on which that call is in this state; null for a call that is not on it. */
function desk(state: string | null, more: Partial<Desk> = {}): Desk {
  const calls = state === null ? {} : { [KEY]: { state, direction: "inbound", number: "138****5678" } };
  return { is_reading: true, is_blind: false, calls, dial: null, mediation: null, ...more } as unknown as Desk;
}

const HOSTED: Desk["mediation"] = { id: 7, call: KEY, state: "open" };
const givenAway = { ...desk("ended") } as Desk;
givenAway.calls = { ...givenAway.calls, "pbx1/1764000000.1": { state: "talking" } as Desk["calls"][string] };

describe("a call is over by the backend's word", () => {
  it.each<[string, Desk | null, string | null, boolean, boolean]>([
    ["when it has ended", desk("ended"), KEY, true, true],
    ["when it is there no more: the caller is gone, or talks to somebody else", desk(null), KEY, true, true],
    ["not while it rings", desk("ringing"), KEY, true, false],
    ["not while it is held", desk("held"), KEY, true, false],
    ["not before the backend knew of it", desk(null), KEY, false, false],
    ["not while the PBX is not heard", desk(null, { is_blind: true }), KEY, true, false],
    ["not while the database is away", desk("ended", { is_reading: false }), KEY, true, false],
    ["not while the agent hosts a mediation, whoever is in its room", desk("ended", { mediation: HOSTED }), KEY, true, false],
    ["not when the colleague who asked has given the caller away", givenAway, KEY, true, false],
    ["not without any word", null, KEY, true, false],
    ["not for a call that the backend cannot name", desk(null), null, true, false],
  ])("%s", (_, said, key, wasKnownUp, isOver) => {
    expect(isSaidToBeOver(said, key, wasKnownUp)).toBe(isOver);
  });
});

it("who rings while the desk is not told any more is not taken for the caller of before", () => {
  const before = desk("talking");
  expect(findCall(before, "pbx1/1764000000.9")?.number).toBe("138****5678");
  expect(findCall(before, "pbx1/1764000000.9", true)).toBeNull();
  expect(findCall(before, KEY, true)?.state).toBe("talking");
});

describe("a ringing call answers itself", () => {
  const dial = { call: KEY } as Desk["dial"];

  it.each<[string, Desk | null, string | null, string[], boolean]>([
    ["that this page was in", desk("talking"), KEY, [KEY], true],
    ["that rings for a dial of the agent", desk(null, { dial }), KEY, [], true],
    ["and no other", desk("ringing"), KEY, ["pbx1/1764000000.8"], false],
    ["and none without a name", desk(null, { dial }), null, [KEY], false],
    ["and none before the backend said anything", null, KEY, [], false],
  ])("%s", (_, said, key, broughtBack, answers) => {
    expect(answersItself(said, key, new Set(broughtBack))).toBe(answers);
  });

  it("after it was asked back: those in which the seat talks", () => {
    expect([null, "ringing", "talking", "held", "ended"].map((state) => callsToBringBack(desk(state)))).toEqual([
      [],
      [],
      [KEY],
      [KEY],
      [],
    ]);
  });
});

describe("sound", () => {
  it.each<[string, boolean, number, Warning | null]>([
    ["flows", true, 0.1, null],
    ["of a quiet room is no silence", true, 0.002, null],
    ["does not come in", false, 0.1, "nothing_heard"],
    ["does not go out", true, 0, "microphone_silent"],
    ["flows in neither direction: what the agent hears is told first", false, 0, "nothing_heard"],
  ])("%s", (_, received, level, warning) => {
    let sound = NO_SILENCE;
    for (let now = 0; now <= 4_000; now += 1_000) sound = heardSound(sound, now, received, level);
    const call = { state: "talking" as const, isMuted: false, level };
    expect(warningOf(sound, 4_000, call)).toBe(null);
    sound = heardSound(sound, 5_000, received, level);
    expect(warningOf(sound, 5_000, call)).toBe(warning);
    expect(warningOf(heardSound(sound, 6_000, true, 0.1), 6_000, call)).toBe(null);
  });

  it("is expected while talking alone", () => {
    const silent = heardSound(NO_SILENCE, 0, false, 0);
    expect(warningOf(silent, 60_000, { state: "held", isMuted: false, level: 0 })).toBe(null);
  });

  it("of somebody who talks while muted is told", () => {
    const muted = { state: "talking" as const, isMuted: true };
    expect(warningOf(NO_SILENCE, 0, { ...muted, level: 0.2 })).toBe("talking_while_muted");
    expect(warningOf(NO_SILENCE, 0, { ...muted, level: 0.01 })).toBe(null);
  });
});

it("a phone is not taken from under a call", () => {
  expect([null, "ringing", "talking", "held", "ended"].map((state) => mayBeTaken(desk(state)))).toEqual([
    true,
    false,
    false,
    false,
    true,
  ]);
  expect(mayBeTaken(desk("ended", { mediation: HOSTED }))).toBe(false);
});

it("a device is rung by the end of its name", () => {
  expect(["PJSIP/1001", "SIP/desk/2002", "2003"].map(numberOf)).toEqual(["1001", "2002", "2003"]);
});

it("a login is asked for anew after half of its time", () => {
  expect([renewalAt(1_000, 3_601_000, false), renewalAt(1_000, 3_601_000, true)]).toEqual([1_801_000, 3_241_000]);
});
