import { describe, expect, it } from "vitest";
import { detailsOf, newsOf, wordOf, type Entry } from "./history";

const t = (key: string, values: Record<string, unknown> = {}) => [key, ...Object.values(values)].join(" ");
const entry = (what: Entry["what"], body: Record<string, unknown>): Entry => ({
  at: "2026-11-29T06:05:09Z",
  by: "zhao",
  what,
  from_state: null,
  to_state: "accepted",
  note: null,
  body,
});
const linesOf = (one: Entry) =>
  detailsOf(one, t, (id) => `unit ${id}`, (at) => at.slice(11, 16)).map(({ label, text }) => `${label}: ${text}`);

describe("the log of a matter", () => {
  it("says of a step what came with it", () => {
    const body = {
      ground: 3,
      reason: "无消费关系",
      notice: { to: "complainant", by: "call", at: "2026-11-29T06:05:09Z" },
    };
    expect(linesOf(entry("refuse", body))).toEqual([
      "enums.StepField.ground: grounds.refuse.3",
      "enums.StepField.reason: 无消费关系",
      "enums.StepField.notice: enums.NoticeTo.complainant · enums.NoticeBy.call · 06:05",
    ]);
    expect(linesOf(entry("forward", { unit_id: 2 }))).toEqual(["enums.StepField.unit_id: unit 2"]);
    const settled = { how_settled: "mediated", agreement: "退款", amount_recovered_cents: 19990 };
    expect(linesOf(entry("settle", settled))).toEqual([
      "enums.StepField.how_settled: enums.TicketOutcome.mediated",
      "enums.StepField.agreement: 退款",
      "enums.StepField.amount_recovered_cents: tickets.yuan 199.90",
    ]);
  });

  it("says of a change which fields, and of a warning which time limit", () => {
    expect(linesOf(entry("changed", { fields: { facts: null, brand: ["a", "b"] } }))).toEqual([
      "tickets.changedFields: casework.fields.factstickets.andcasework.fields.brand",
    ]);
    expect(linesOf(entry("warned", { code: "accept", number: 1, percent: 80 }))).toEqual([
      "tickets.clocks.accept: tickets.percentOver 80",
    ]);
  });

  it("says of a merge the other matter, of a form its number and of a file what it is", () => {
    expect(linesOf(entry("merged", { into: "12315-2026-00001", reason: "重复" }))).toEqual([
      "enums.StepField.reason: 重复",
      "tickets.title: 12315-2026-00001",
    ]);
    expect(linesOf(entry("unmerged_here", { ticket: "12315-2026-00002" }))).toEqual(["tickets.title: 12315-2026-00002"]);
    expect(linesOf(entry("form_issued", { form: 3, number: "分〔2026〕第1号" }))).toEqual(["tickets.form: 分〔2026〕第1号"]);
    expect(linesOf(entry("attached", { attachment: 1, kind: "pdf" }))).toEqual(["tickets.file: enums.FileKind.pdf"]);
  });

  it("says of a flag why it was raised, and what was proposed or signed", () => {
    expect(linesOf(entry("flagged", { flag: 7, trigger: "manual", discovered_on: "2026-11-23" }))).toEqual([
      "cases.trigger: enums.Trigger.manual",
      "cases.discovered: 2026-11-23",
    ]);
    expect(linesOf(entry("flag_decided", { flag: 7, decision: "filed" }))).toEqual(["cases.decision: enums.FlagState.filed"]);
  });

  it("has words for steps, events and notes", () => {
    expect(["accept", "warned", null].map((what) => wordOf({ what: what as Entry["what"] }, ["warned"]))).toEqual([
      "enums.TicketStep.accept",
      "enums.TicketEventKind.warned",
      "tickets.note",
    ]);
  });

  it("tells what others did meanwhile", () => {
    const [first, second] = [entry("forward", { unit_id: 1 }), entry("accept", {})];
    expect(newsOf([first], [first, second])).toEqual([second]);
  });
});
