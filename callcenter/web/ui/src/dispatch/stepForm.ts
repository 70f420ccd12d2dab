/** What comes with a step of an instruction, as it is typed, checked and sent. Pure. */
import type { Schemas } from "@/api/client";
import { sentenceOf } from "@/design/reasons";
import { momentAt } from "@/design/time";
import { batchBodyOf, faultsOfBatch, lineOf, type TypedBatch } from "./batch";
import type { Entry, Instruction } from "./instruction";

export type Step = Schemas["InstructionStepView"];
export type Field = Schemas["InstructionField"] | "at";

export interface TypedStep {
  /** `2026-11-28 14:05` by the hotline's clock; empty for now. */
  at: string;
  name: string;
  how: string;
  outcome: "" | Schemas["OffShelfOutcome"];
  batches: TypedBatch[];
  feedback: string;
  reason: string;
}

export const emptyStep = (): TypedStep => ({ at: "", name: "", how: "", outcome: "", batches: [], feedback: "", reason: "" });

const LONGEST = 500;
const MINUTE = 60_000;
/** What is done elsewhere, and may be entered later. */
const IN_THE_FIELD: readonly Schemas["InstructionStep"][] = ["acknowledge", "depart", "arrive", "off_shelf", "feedback"];
const STEPS: readonly string[] = [...IN_THE_FIELD, "close", "cancel", "ring_again"] satisfies Schemas["InstructionStep"][];
const LINES: readonly Field[] = ["name", "how"];

/** The fields that a step has, in the order of the form; goods come with those that were taken off the shelf. */
export function fieldsOf({ step, needs, takes }: Step, { outcome }: TypedStep): Field[] {
  const given = [...needs, ...takes].filter((name) => name !== "batches" || outcome === "taken_off");
  return IN_THE_FIELD.includes(step) ? [...given, "at"] : given;
}

/** What is wrong with it, as keys of the messages, by field; of goods `batches`, where one of them is wrong. */
export function faultsOf(step: Step, typed: TypedStep, hasBatches: boolean, timezone: string): Partial<Record<Field, string>> {
  const faults: Partial<Record<Field, string>> = {};
  for (const name of fieldsOf(step, typed)) {
    if (name === "batches") {
      if (typed.batches.length === 0 && !hasBatches) faults.batches = "dispatch.faults.batches";
      else if (typed.batches.some((one) => Object.keys(faultsOfBatch(one)).length > 0)) faults.batches = "dispatch.faults.batch";
    } else if (name === "at") {
      if (typed.at !== "" && momentAt(typed.at, timezone) === null) faults.at = "tickets.faults.moment";
    } else if (typed[name].trim() === "") {
      if (step.needs.includes(name)) faults[name] = "tickets.faults.needed";
    } else if (name !== "outcome" && !LINES.includes(name) && sentenceOf(typed[name], LONGEST) === null) {
      faults[name] = "casework.faults.tooShort";
    }
  }
  return faults;
}

/** When the last thing was done with it: nothing is done before that. */
export function lastAtOf(instruction: Instruction, history: readonly Entry[]): string {
  return history.findLast((entry) => STEPS.includes(entry.what))?.at ?? instruction.instructed_at;
}

/** It is typed to the minute: one of the minute in which the last thing was done was after that, and not before. */
export function momentOf(typed: string, lastAt: string, timezone: string): string | null {
  const at = momentAt(typed, timezone);
  if (at === null) return null;
  const last = Date.parse(lastAt);
  // moments have parts of a millisecond that are not shown
  return new Date(at <= last && last - at < MINUTE ? last + 1 : at).toISOString();
}

export function bodyOf(step: Step, typed: TypedStep, lastAt: string, timezone: string): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of fieldsOf(step, typed)) {
    if (name === "batches") body[name] = typed.batches.map(batchBodyOf);
    else if (name === "at") {
      if (typed.at !== "") body[name] = momentOf(typed.at, lastAt, timezone);
    } else if (typed[name].trim() !== "") body[name] = name === "outcome" ? typed[name] : lineOf(typed[name]);
  }
  return body;
}
