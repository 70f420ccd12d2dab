import { describe, expect, it } from "vitest";
import { marksOf, sidesOf, type RecordingFile } from "./recording";
import { ticksOf, timelineOf, walkOf, type CallRecord } from "./timeline";

const BEGIN = Date.parse("2026-11-23T01:00:00.000Z");
const at = (seconds: number) => new Date(BEGIN + seconds * 1000).toISOString();

function record(changes: object = {}): CallRecord {
  const empty = { queue_visits: [], talks: [], voicemail: null, outcome: "abandoned_greeting" };
  return { started_at: at(0), ended_at: at(10), ...empty, ...changes } as unknown as CallRecord;
}

const visit = (changes: object = {}) => ({
  queue: "hotline",
  joined_at: at(5),
  left_at: at(38),
  exit: "connected",
  rings: [
    { agent: "1001", at: at(8), seconds: 15, result: "no_answer" },
    { agent: "1002", at: at(24), seconds: 14, result: "answered" },
  ],
  ...changes,
});

/** Lane by lane: kind, from and to in seconds; + where it goes on. */
const drawn = (call: CallRecord, now = BEGIN) =>
  timelineOf(call, now).lanes.map(({ name, bars }) => [
    name,
    bars.map(({ kind, from, to, isUp }) => `${kind} ${(from - BEGIN) / 1000}-${(to - BEGIN) / 1000}${isUp ? "+" : ""}`),
  ]);

describe("a timeline", () => {
  it("shows greeting, queue, rings, talks and a transfer", () => {
    const talks = [
      { with: "1002", from: at(38), to: at(120) },
      { with: "1005", from: at(126), to: at(277) },
    ];
    expect(drawn(record({ ended_at: at(277), outcome: "answered", queue_visits: [visit()], talks }))).toEqual([
      [null, ["greeting 0-5", "queue 5-38", "talk 38-120", "other 120-126", "talk 126-277"]],
      ["1001", ["ring 8-23"]],
      ["1002", ["ring 24-38", "talk 38-120"]],
      ["1005", ["talk 126-277"]],
    ]);
  });

  it.each([
    ["a caller who gave up at once", record(), [[null, ["greeting 0-10"]]]],
    [
      "a message",
      record({ outcome: "voicemail", voicemail: {}, queue_visits: [visit({ left_at: at(7), rings: [] })] }),
      [[null, ["greeting 0-5", "queue 5-7", "message 7-10"]]],
    ],
    ["nothing but a moment", record({ ended_at: at(0) }), [[null, []]]],
    [
      "a visit of which only the end was seen",
      record({ queue_visits: [visit({ joined_at: null, rings: [] })] }),
      [[null, ["greeting 0-10"]]],
    ],
  ])("shows %s", (_, call, lanes) => expect(drawn(call)).toEqual(lanes));

  it("goes on to the present while the call is up", () => {
    const rings = [{ agent: "1001", at: at(8), seconds: null, result: null }];
    const call = record({ ended_at: null, outcome: null, queue_visits: [visit({ left_at: null, exit: null, rings })] });
    expect(drawn(call, BEGIN + 20_000)).toEqual([
      [null, ["greeting 0-5", "queue 5-20+"]],
      ["1001", ["ring 8-20+"]],
    ]);
  });

  it("never ends before it begins, whatever the clocks say", () => {
    const { from, to } = timelineOf(record({ ended_at: null, outcome: null }), BEGIN - 5_000);
    expect(to - from).toBe(1_000);
  });

  it("is walked in the order of time, each talk once", () => {
    const talks = [{ with: "1002", from: at(38), to: at(50) }];
    const timeline = timelineOf(record({ ended_at: at(50), outcome: "answered", queue_visits: [visit()], talks }), BEGIN);
    expect(walkOf(timeline).map(({ kind, lane }) => [kind, lane])).toEqual([
      ["greeting", null],
      ["queue", null],
      ["ring", "1001"],
      ["ring", "1002"],
      ["talk", "1002"],
    ]);
  });

  it.each([
    [5, [0, 1, 2, 3, 4, 5]],
    [277, [0, 60, 120, 180, 240]],
    [3_600, [0, 600, 1200, 1800, 2400, 3000, 3600]],
  ])("of %d seconds has figures at %j", (seconds, ticks) => {
    const found = ticksOf({ from: BEGIN, to: BEGIN + seconds * 1000, lanes: [] });
    expect(found.map((tick) => (tick - BEGIN) / 1000)).toEqual(ticks);
  });
});

describe("a recording", () => {
  const file = (id: number, kind: string, started = 38) =>
    ({ id, kind, started_at: at(started), seconds: 60 }) as unknown as RecordingFile;

  it.each([
    [["mixed", "callee", "caller"], ["caller", "callee"]],
    [["mixed", "caller"], ["mixed"]],
    [["room"], ["room"]],
    [[], []],
  ])("of %j plays %j", (kinds, played) => {
    expect(sidesOf(kinds.map((kind, index) => file(index, kind))).map(({ kind }) => kind)).toEqual(played);
  });

  it("begins with its first files", () => {
    expect(sidesOf([file(2, "mixed", 90), file(1, "mixed", 38)]).map(({ id }) => id)).toEqual([1]);
  });

  it("has marks where something begins within it", () => {
    const talks = [
      { with: "1002", from: at(38), to: at(50) },
      { with: "1005", from: at(55.25), to: at(200) },
      { with: "1006", from: at(99), to: at(200) },
    ];
    const bars = walkOf(timelineOf(record({ ended_at: at(200), outcome: "answered", talks }), BEGIN));
    expect(marksOf(bars, file(1, "mixed"))).toEqual([
      { at: 0, kind: "talk" },
      { at: 12, kind: "other" },
      { at: 17.3, kind: "talk" },
    ]);
  });
});
