import { describe, expect, it } from "vitest";
import type { CallRecord } from "./timeline";
import { compared } from "./witnesses";

const record = (changes: object = {}) =>
  ({
    started_at: "2026-11-23T01:00:00.000Z",
    outcome: "answered",
    wait_seconds: 8,
    caller_name: null,
    witnesses: ["ami"],
    talks: [{ with: "1001", from: "2026-11-23T01:00:10.000Z", to: null }],
    ...changes,
  }) as unknown as CallRecord;

const differences = (ami: CallRecord, ledger: CallRecord) =>
  compared(ami, ledger)
    .filter(({ isDifferent }) => isDifferent)
    .map(({ field, ami: one, ledger: other }) => [field, one, other]);

describe("two witnesses", () => {
  it("who tell the same do not differ, field by field", () => {
    expect(compared(record(), record({ witnesses: ["ledger"] }))).toEqual([
      { field: "started_at", ami: "2026-11-23T01:00:00.000Z", ledger: "2026-11-23T01:00:00.000Z", isDifferent: false },
      { field: "outcome", ami: "answered", ledger: "answered", isDifferent: false },
      { field: "wait_seconds", ami: "8", ledger: "8", isDifferent: false },
      { field: "talks.0.with", ami: "1001", ledger: "1001", isDifferent: false },
      { field: "talks.0.from", ami: "2026-11-23T01:00:10.000Z", ledger: "2026-11-23T01:00:10.000Z", isDifferent: false },
    ]);
  });

  it("may differ by a second, and by what follows from it", () => {
    expect(differences(record(), record({ started_at: "2026-11-23T01:00:00.900Z", wait_seconds: 8.7 }))).toEqual([]);
  });

  it("do not differ by the place in the queue, which AMI alone tells", () => {
    const visit = (position: number | null) => record({ queue_visits: [{ queue: "hotline", position }] });
    expect(differences(visit(1), visit(null))).toEqual([]);
    expect(differences(visit(null), visit(1))).toEqual([["queue_visits.0.position", "", "1"]]);
  });

  it("differ by more, by a talk that only one has, and by an end that only one saw", () => {
    const talks = [
      { with: "1001", from: "2026-11-23T01:00:10.000Z", to: "2026-11-23T01:00:20.000Z" },
      { with: "1002", from: "2026-11-23T01:00:30.000Z", to: null },
    ];
    expect(differences(record(), record({ outcome: "busy", talks }))).toEqual([
      ["outcome", "answered", "busy"],
      ["talks.0.to", "", "2026-11-23T01:00:20.000Z"],
      ["talks.1.with", "", "1002"],
      ["talks.1.from", "", "2026-11-23T01:00:30.000Z"],
    ]);
  });
});
