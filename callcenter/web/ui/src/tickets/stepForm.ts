/** What comes with a step, as it is typed, checked and sent: no more than the step needs and takes. Pure. */
import type { Schemas } from "@/api/client";
import { centsOf } from "@/casework/money";
import { momentAt } from "@/design/time";

export type Step = Schemas["StepView"];
export type StepField = Schemas["StepField"];
export type StepBody = Partial<Schemas["StepBody"]>;

export interface TypedNotice {
  /** False for a notice that the step takes and that nobody gave yet. */
  isGiven: boolean;
  to: Schemas["NoticeTo"];
  by: Schemas["NoticeBy"];
  /** `2026-11-28 14:05` by the hotline's clock. */
  at: string;
  /** `pbx/call_id`; empty for none. */
  call: string;
  proof: string;
}

export type TypedStep = Record<Exclude<StepField, "notice">, string> & { notice: TypedNotice };

export function emptyStep(now: string): TypedStep {
  return {
    reason: "",
    feedback: "",
    unit_id: "",
    authority: "",
    due_on: "",
    ground: "",
    begins_on: "",
    ends_on: "",
    evidence: "",
    how_settled: "",
    agreement: "",
    mediation_id: "",
    amount_recovered_cents: "",
    notice: { isGiven: false, to: "complainant", by: "call", at: now, call: "", proof: "" },
  };
}

export const SETTLEMENTS = ["mediated", "settled_on_the_spot"] as const;

const DAYS: readonly StepField[] = ["due_on", "begins_on", "ends_on"];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SHORTEST = 2;
const TEXTS: readonly StepField[] = ["reason", "feedback", "evidence", "agreement"];

export function fieldsOf(step: Step): StepField[] {
  return [...step.needs, ...step.takes];
}

export function isNoticeGiven(step: Step, typed: TypedStep): boolean {
  return step.needs.includes("notice") || (step.takes.includes("notice") && typed.notice.isGiven);
}

/** What is wrong with it, as keys of the messages, by field. */
export function faultsOfStep(step: Step, typed: TypedStep, timezone: string): Partial<Record<StepField, string>> {
  const faults: Partial<Record<StepField, string>> = {};
  for (const name of fieldsOf(step)) {
    if (name === "notice") {
      if (isNoticeGiven(step, typed) && momentAt(typed.notice.at, timezone) === null) faults.notice = "tickets.faults.moment";
      continue;
    }
    const text = typed[name].trim();
    if (text === "") {
      if (step.needs.includes(name)) faults[name] = "tickets.faults.needed";
    } else if (TEXTS.includes(name) && text.length < SHORTEST) faults[name] = "casework.faults.tooShort";
    else if (name === "amount_recovered_cents" && centsOf(text) === null) faults[name] = "casework.faults.amount";
    else if (DAYS.includes(name) && !DAY.test(text)) faults[name] = "tickets.faults.day";
  }
  if (step.step === "settle" && (typed.agreement.trim() === "") === (typed.mediation_id === "")) {
    faults.agreement ??= "tickets.faults.agreement";
  }
  return faults;
}

/**
 * A notice as the backend wants it. It is typed to the minute: one of the minute in which the matter was received was
 * given after that, and not before.
 */
export function noticeBodyOf(typed: TypedNotice, receivedAt: string, timezone: string): Schemas["NoticeOfStep"] {
  const received = Date.parse(receivedAt);
  const at = momentAt(typed.at, timezone) ?? received;
  const isSameMinute = at < received && received - at < 60_000;
  const slash = typed.call.indexOf("/");
  const { to, by, call } = typed;
  return {
    to,
    by,
    // the moment of the receipt has parts of a millisecond that are not shown
    at: new Date(isSameMinute ? received + 1 : at).toISOString(),
    call: call === "" ? null : { pbx: call.slice(0, slash), call_id: call.slice(slash + 1) },
    proof: typed.proof.trim() || null,
  };
}

export function stepBodyOf(step: Step, typed: TypedStep, receivedAt: string, timezone: string): StepBody {
  const body: Record<string, unknown> = {};
  for (const name of fieldsOf(step)) {
    if (name === "notice") {
      if (isNoticeGiven(step, typed)) body[name] = noticeBodyOf(typed.notice, receivedAt, timezone);
      continue;
    }
    const text = typed[name].trim();
    if (text === "") continue;
    if (name === "amount_recovered_cents") body[name] = centsOf(text);
    else if (name === "unit_id" || name === "ground" || name === "mediation_id") body[name] = Number(text);
    // one line, as the backend wants it
    else body[name] = name === "feedback" || name === "agreement" ? text : text.replace(/\s+/g, " ");
  }
  return body as StepBody;
}

/** Where what a matter lacks can be filled in. */
export type Remedy =
  | { form: "party" }
  | { form: "fields" }
  | { form: "notice"; kind: Schemas["NoticeKind"]; to: Schemas["NoticeTo"] }
  | { form: "step"; step: Schemas["TicketStep"] }
  /** Not on this page: a director's signature, or what is done with another matter. */
  | { form: "elsewhere" };

export const REMEDIES: Readonly<Record<Schemas["Lack"], Remedy>> = {
  name: { form: "party" },
  contact: { form: "party" },
  identity: { form: "party" },
  respondent: { form: "fields" },
  requests: { form: "fields" },
  facts: { form: "fields" },
  merchant: { form: "fields" },
  case_decision: { form: "elsewhere" },
  acceptance_notice: { form: "notice", kind: "acceptance", to: "complainant" },
  end_notice_to_complainant: { form: "notice", kind: "end", to: "complainant" },
  end_notice_to_respondent: { form: "notice", kind: "end", to: "respondent" },
  end_of_test: { form: "step", step: "resume" },
  end_of_suspension: { form: "step", step: "lift_suspension" },
  instruction_end: { form: "elsewhere" },
  others_taken_apart: { form: "elsewhere" },
};
