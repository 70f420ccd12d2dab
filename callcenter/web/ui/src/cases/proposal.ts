/** What is proposed to become of a flag, as it is typed, checked and sent; what can be done with a flag. Pure. */
import type { Schemas } from "@/api/client";
import { sentenceOf } from "@/design/reasons";

export type Flag = Schemas["FlagView"];
export type FlagEvent = Schemas["FlagEvent"];

/** Not to file has one of four grounds: Art. 20 of the Penalty Procedure. */
export const GROUNDS = 4;
const LEAST_OFFICERS = 2;
const MOST_OFFICERS = 10;
const LONGEST_NAME = 200;
const LONGEST = 500;

export interface TypedProposal {
  decision: "" | "filed" | "refused";
  case_number: string;
  /** Names, with a mark between them. */
  officers: string;
  ground: string;
  reason: string;
}

export type ProposalField = keyof TypedProposal;

/** The one before, where a director has sent it back; what of it is masked is typed anew. */
export function typedOf(flag: Flag): TypedProposal {
  const { proposes, case_number, officers, ground, reason } = flag;
  return {
    decision: proposes === "filed" || proposes === "refused" ? proposes : "",
    case_number: case_number ?? "",
    officers: officers.join("、"),
    ground: ground === null ? "" : String(ground),
    reason: reason === null || reason.includes("*") ? "" : reason,
  };
}

/** Each name once. */
export function officersOf(typed: string): string[] {
  const names = typed.split(/[、,，;；]/).map((name) => name.replace(/\s+/g, " ").trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

/** The fields that a decision has, in the order of the form. */
export function fieldsOf(decision: TypedProposal["decision"]): ProposalField[] {
  if (decision === "") return ["decision"];
  return decision === "filed" ? ["decision", "case_number", "officers", "reason"] : ["decision", "ground", "reason"];
}

/** What is wrong with it, as keys of the messages, by field. */
export function faultsOf(typed: TypedProposal): Partial<Record<ProposalField, string>> {
  const faults: Partial<Record<ProposalField, string>> = {};
  const fields = fieldsOf(typed.decision);
  const isLacking = (name: ProposalField) => fields.includes(name) && typed[name].trim() === "";
  for (const name of ["decision", "case_number", "ground"] as const) if (isLacking(name)) faults[name] = "tickets.faults.needed";
  const officers = officersOf(typed.officers);
  const isFew = officers.length < LEAST_OFFICERS;
  if (fields.includes("officers") && (isFew || officers.length > MOST_OFFICERS || officers.some((name) => name.length > LONGEST_NAME))) {
    faults.officers = "cases.faults.officers";
  }
  if (isLacking("reason")) {
    if (typed.decision === "refused") faults.reason = "tickets.faults.needed";
  } else if (fields.includes("reason") && sentenceOf(typed.reason, LONGEST) === null) faults.reason = "casework.faults.tooShort";
  return faults;
}

/** Nothing of what was typed for the other decision. */
export function bodyOf(typed: TypedProposal): Schemas["NewProposal"] {
  const isCase = typed.decision === "filed";
  return {
    decision: isCase ? "filed" : "refused",
    case_number: isCase ? typed.case_number.trim() : null,
    officers: isCase ? officersOf(typed.officers) : [],
    ground: isCase ? null : Number(typed.ground),
    reason: sentenceOf(typed.reason, LONGEST),
  };
}

/** Whether the user would sign what they proposed, which nobody may. */
export function isAuthor(flag: Flag, user: string, maySign: boolean): boolean {
  return maySign && flag.state === "proposed" && flag.proposed_by === user;
}

/** What is offered, in the order of `all`; what an author may not do stands in its place, and the page says why. */
export function eventsOf(flag: Flag, all: readonly FlagEvent[], isByAuthor: boolean): FlagEvent[] {
  return all.filter((event) => flag.events.includes(event) || (isByAuthor && event === "sign"));
}
