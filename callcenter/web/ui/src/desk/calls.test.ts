import { expect, it } from "vitest";
import type { Me } from "@/session/me";
import { callOfDesk, ringingUnlisted } from "./calls";

const desk = (calls: Record<string, [string, string]>) =>
  ({ calls: Object.fromEntries(Object.entries(calls).map(([key, [state, since]]) => [key, { state, since }])) }) as unknown as Me;

it.each<[string, Record<string, [string, string]>, string | null, string | null]>([
  ["the one of the phone", { a: ["talking", "1"], b: ["ringing", "2"] }, "b", "b"],
  ["the one that is up before one that rings", { a: ["ringing", "2"], b: ["held", "1"] }, null, "b"],
  ["the one that ended last", { a: ["ended", "2026-11-28T06:00:00Z"], b: ["ended", "2026-11-28T06:01:00Z"] }, null, "b"],
  ["none", {}, "gone", null],
])("a desk is about %s", (_, calls, ofPhone, wanted) => {
  expect(callOfDesk(desk(calls), ofPhone)?.key ?? null).toBe(wanted);
});

it("a desk is about the call of the consumer, and not about those who were rung into it", () => {
  const ended = { state: "ended", joined: null };
  const calls = { a: { ...ended, since: "2026-11-28T06:00:00Z" }, b: { ...ended, since: "2026-11-28T06:01:00Z", joined: "a" } };
  expect(callOfDesk({ calls } as unknown as Me, null)?.key).toBe("a");
});

it("who rings and is on no desk is not known yet, a colleague, or the caller whom one gives away", () => {
  const at = { name: null, origin: null, queue: null, started_at: "2026-11-28T06:00:00.000Z" };
  const since = Date.parse(at.started_at);
  expect(ringingUnlisted(null, false, since)).toEqual({ ...at, direction: "inbound" });
  expect(ringingUnlisted(null, true, since)).toEqual({ ...at, direction: "internal" });
  expect(ringingUnlisted({ number: "138****5678" }, false, since)).toEqual({ ...at, direction: "inbound", number: "138****5678" });
});
