import { describe, expect, it } from "vitest";
import { callsToName, entriesOf, type History } from "./history";
import { breakOf, sheetOf } from "./sheet";

const call = (call_id: string, started_at: string, changes: object = {}) => ({
  pbx: "pbx1",
  call_id,
  started_at,
  outcome: "abandoned_queue",
  longest_talk_seconds: 0,
  ...changes,
});

const history = {
  calls: [call("a", "2026-11-23T03:00:00Z", { longest_talk_seconds: 4 }), call("b", "2026-11-23T01:00:00Z")],
  dials: [
    { id: 2, pbx: "pbx1", call_id: "a", requested_at: "2026-11-23T02:59:00Z" },
    { id: 1, pbx: "pbx1", call_id: "never", requested_at: "2026-11-23T02:00:00Z" },
  ],
  notes: [{ at: "2026-11-23T03:30:00Z", note: "x" }],
  call_notes: [],
  promises: [{ at: "2026-11-23T01:30:00Z", promised_at: "2026-11-24T01:00:00Z" }],
} as unknown as History;

describe("a history", () => {
  it("has the newest first, and a dial with its call", () => {
    const entries = entriesOf(history);
    expect(entries.map(({ kind }) => kind)).toEqual(["note", "call", "dial", "promise", "call"]);
    expect(entries[1]).toMatchObject({ kind: "call", call: { call_id: "a" }, dial: { id: 2 } });
    expect(entries[4]).toMatchObject({ kind: "call", call: { call_id: "b" }, dial: null });
    expect(new Set(entries.map(({ key }) => key)).size).toBe(5);
  });

  it("offers calls in which a time can have been named", () => {
    const message = call("c", "2026-11-23T00:00:00Z", { outcome: "voicemail" });
    const found = callsToName({ ...history, calls: [...history.calls, message] } as unknown as History);
    expect(found.map(({ call_id }) => call_id)).toEqual(["a", "c"]);
  });
});

describe("a day sheet", () => {
  it("is read as far as it is known", () => {
    const document = {
      frozen_at: null,
      inbound: { total: 3, answered: 0, busy: 3, odd: "x" },
      callers: { lost: 2, open: 2 },
      calls: { lost: 3, reached: 1 },
    };
    expect(sheetOf(document)).toEqual({
      frozenAt: null,
      inbound: [
        ["total", 3],
        ["busy", 3],
      ],
      states: [
        { name: "lost", callers: 2, calls: 3 },
        { name: "open", callers: 2, calls: 0 },
        { name: "reached", callers: 0, calls: 1 },
      ],
      answered: [],
      missing: [],
    });
    expect(sheetOf({})).toEqual({ frozenAt: null, inbound: [], states: [], answered: [], missing: [] });
  });

  it.each([
    ["The sheet of 2026-11-23 was changed.", { day: "2026-11-23", isBefore: false }],
    ["The sheet before that of 2026-11-23 was changed or removed.", { day: "2026-11-23", isBefore: true }],
    ["Something new.", null],
  ])("%s", (sentence, found) => expect(breakOf(sentence)).toEqual(found));
});
