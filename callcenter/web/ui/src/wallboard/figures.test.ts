import { describe, expect, it } from "vitest";
import { exampleBoard } from "./example";
import {
  blindWitnesses,
  countsOf,
  gaugeOf,
  listeningSince,
  longestSince,
  percentOf,
  queuesOf,
  talkingOf,
  waitingOf,
} from "./figures";

const board = exampleBoard();

describe("what the board counts", () => {
  it("has the queues of calls, seats and callers", () => {
    expect(queuesOf(board)).toEqual(["advice", "hotline"]);
  });

  it.each([
    [[], ["pbx1/6", "pbx1/5", "pbx1/7"]],
    [["hotline"], ["pbx1/5", "pbx1/7"]],
    [["nowhere"], []],
  ])("callers of %j wait by queue and turn", (queues, keys) => {
    expect(waitingOf(board, queues).map((caller) => caller.key)).toEqual(keys);
  });

  it("knows who has waited longest", () => {
    expect(longestSince(waitingOf(board, []))).toBe(Date.UTC(2026, 10, 28, 6, 4, 7));
    expect(longestSince([])).toBeNull();
  });

  it.each([
    [[], 2],
    [["hotline"], 1],
    [["hotline", "advice"], 2],
  ])("calls of %j in which somebody talks: %i", (queues, count) => {
    expect(talkingOf(board, queues)).toBe(count);
  });

  it("counts the whole day, one queue, several, and one without a call", () => {
    const kinds = [
      ["abandoned_queue", 4],
      ["queue_timeout", 2],
    ];
    expect(countsOf(board, [])).toEqual({
      offered: 80,
      answered: 73,
      missed: 7,
      missedByKind: [...kinds, ["after_hours", 1]],
      within15: 71,
    });
    expect(countsOf(board, ["hotline"])).toEqual({ offered: 76, answered: 70, missed: 6, missedByKind: kinds, within15: 69 });
    expect(countsOf(board, ["hotline", "advice"])).toMatchObject({ offered: 79, within15: 71 });
    expect(countsOf(board, ["quiet"])).toEqual({ offered: 0, answered: 0, missed: 0, missedByKind: [], within15: 0 });
  });

  it.each([
    [73, 80, "91.3"],
    [80, 80, "100"],
    [9999, 10000, "99.9"],
    [0, 3, "0.0"],
    [0, 0, null],
  ])("%i of %i is %s percent", (numerator, denominator, text) => {
    expect(percentOf(numerator, denominator)).toBe(text);
  });

  it.each([
    [0, 0, 0, 0, "met"],
    [0, 0, 0, 1, "open"],
    [0, 0, 0, null, "unknown"],
    [0, 1, 0, 0, "missed"],
    [0, 1, 0, 1, "missed"],
    [null, 0, 2, null, "missed"],
    [0, 0, null, 3, "unknown"],
    [null, null, null, null, "unknown"],
  ] as const)("a gauge of %s, %s, %s and %s is %s", (unexplained, unconfirmed, blind_minutes, undisposed, gauge) => {
    expect(gaugeOf({ ...board.audit, unexplained, unconfirmed, blind_minutes, undisposed })).toBe(gauge);
  });

  it("says since when the witnesses listen, and which of them do not", () => {
    expect(listeningSince(board)).toEqual({ since: Date.UTC(2026, 10, 28, 5, 5, 9) });
    const heard = { heard_until: null, is_blind: false, gaps: {} };
    expect(listeningSince(exampleBoard({ witnesses: { "pbx1/ami": heard } }))).toEqual({ since: null });
    const deaf = exampleBoard({ witnesses: { "pbx1/ami": heard, "pbx1/ledger": { ...heard, is_blind: true } } });
    expect(listeningSince(deaf)).toBeNull();
    expect(blindWitnesses(deaf)).toEqual(["pbx1/ledger"]);
    expect(listeningSince(exampleBoard({ witnesses: {} }))).toBeNull();
  });
});
