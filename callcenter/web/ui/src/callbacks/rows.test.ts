import { describe, expect, it } from "vitest";
import {
  accountOf,
  ALL,
  choiceOf,
  chosen,
  gone,
  nameOf,
  neighbour,
  optionsOf,
  otherOutcomeOf,
  outcomeOf,
  queryOf,
  urgencyOf,
  type Row,
} from "./rows";

const call = (outcome: string, started_at: string, caller_name: string | null = null) => ({
  outcome,
  started_at,
  caller_name,
});

function row(id: number, changes: object = {}): Row {
  const plain = { id, state: "open", queues: [], claim: null, closed_at: null, tries_within_10_minutes: 1 };
  const calls = [call("abandoned_queue", "2026-11-23T01:00:00.000Z")];
  const flags = { is_emergency: false, has_message: false, is_overdue: false };
  return { ...plain, ...flags, calls, ...changes } as unknown as Row;
}

const claim = (user: string) => ({ claim: { user, expires_at: "2026-11-23T01:00:00.000Z" } });

describe("a row", () => {
  it.each([
    ["emergency", { is_emergency: true, has_message: true, tries_within_10_minutes: 4 }],
    ["message", { has_message: true, tries_within_10_minutes: 4 }],
    ["several", { tries_within_10_minutes: 2 }],
    ["waited", {}],
  ])("stands there for: %s", (urgency, changes) => expect(urgencyOf(row(1, changes))).toBe(urgency));

  it("tells how the latest call was lost, whatever the order of calls, and the last name", () => {
    const calls = [call("queue_full", "2026-11-23T02:00:00.000Z"), call("voicemail", "2026-11-23T01:00:00.000Z", "李*")];
    expect([outcomeOf(row(1, { calls })), nameOf(row(1, { calls }))]).toEqual(["queue_full", "李*"]);
    expect([outcomeOf(row(1, { calls: [] })), nameOf(row(1))]).toEqual([null, null]);
  });

  it("does not say twice why it stands there", () => {
    expect(otherOutcomeOf(row(1, { calls: [call("voicemail", "2026-11-23T01:00:00.000Z")] }))).toBeNull();
    expect(otherOutcomeOf(row(1))).toBe("abandoned_queue");
  });
});

describe("the list", () => {
  const rows = [
    row(1, { queues: ["b", "a"], is_overdue: true, ...claim("chen") }),
    row(2, { has_message: true, calls: [call("voicemail", "2026-11-23T01:00:00.000Z")] }),
    row(3, { queues: ["b"], ...claim("wang") }),
  ];
  const ids = (found: readonly Row[]) => found.map(({ id }) => id);

  it.each([
    [{}, [1, 2, 3]],
    [{ queue: "b" }, [1, 3]],
    [{ outcome: "voicemail" }, [2]],
    [{ overdue: true }, [1]],
    [{ message: true }, [2]],
    [{ mine: true }, [1]],
    [{ mine: true, message: true }, []],
  ])("with %j shows %j", (part, shown) => expect(ids(chosen(rows, { ...ALL, ...part }, "chen"))).toEqual(shown));

  it("offers what is there, and what was chosen", () => {
    expect(optionsOf(rows, { ...ALL, queue: "gone" })).toEqual({
      outcomes: ["abandoned_queue", "voicemail"],
      queues: ["a", "b", "gone"],
    });
  });

  it.each<[number | null, 1 | -1, number]>([
    [1, 1, 2],
    [3, 1, 3],
    [1, -1, 1],
    [3, -1, 2],
    [null, 1, 1],
    [99, -1, 3],
  ])("from %s by %s comes %s", (from, step, to) => expect(neighbour(rows, from, step)?.id).toBe(to));

  it("has no neighbours while it is empty", () => expect(neighbour([], 1, 1)).toBeNull());

  it("knows who left", () => expect(ids(gone(rows, [row(2), row(4)]))).toEqual([1, 3]));

  it("sums up a day", () => {
    const day = [
      row(1, { state: "reached", closed_at: "2026-11-23T02:00:00.000Z" }),
      row(2, { state: "reached", closed_at: "2026-11-23T03:00:00.000Z" }),
      row(3),
    ];
    expect(accountOf(day)).toEqual({
      callers: 3,
      states: { reached: 2, open: 1 },
      lastClosedAt: "2026-11-23T03:00:00.000Z",
    });
  });
});

describe("an address", () => {
  it("holds the filter both ways", () => {
    const choice = { outcome: "voicemail", queue: "b", overdue: true, message: true, mine: true };
    expect(choiceOf(queryOf(choice))).toEqual([choice, false]);
    expect(queryOf(ALL)).toEqual({});
  });

  it.each([
    [{ overdue: "yes" }],
    [{ queue: ["a", "b"] }],
    [{ queue: "x".repeat(81) }],
    [{ limit: "201" }],
    [{ outcome: "" }],
  ])("that is broken falls back: %j", (query) => expect(choiceOf(query)).toEqual([ALL, true]));
});
