/** Dials of an episode: how far the present one has come, and what became of the last. Pure. */
import type { Schemas } from "@/api/client";

export type Dial = Schemas["DialWithJudgement"];
export type Judgement = Schemas["Judgement"];
export type DialStep = Schemas["DialStep"];

/** In the order in which they happen; `ending` is seen too briefly to be shown as one of them. */
export const STEPS: readonly DialStep[] = ["asked", "agent_ringing", "customer_ringing", "talking"];
export const JUDGEMENTS: readonly Judgement[] = ["talked", "mailbox", "wrong_person", "refused", "no_answer"];

/** How a step of the chain stands when another one is the present. */
export function placeOf(step: DialStep, present: DialStep): "done" | "present" | "coming" {
  const at = present === "ending" ? STEPS.length : STEPS.indexOf(present);
  const index = STEPS.indexOf(step);
  if (index === at) return "present";
  return index < at ? "done" : "coming";
}

/** The newest dial for an episode by that user; the history has the newest first. */
export function lastDialOf(dials: readonly Dial[], episode: number, user: string): Dial | null {
  return dials.find((dial) => dial.episode_id === episode && dial.user === user) ?? null;
}

/** Whether there was anything at the other end that somebody could have heard. */
export function canBeJudged(dial: Dial): boolean {
  if (dial.state === "unknown") return true;
  return dial.state === "ended" && dial.outcome !== "agent_no_answer" && dial.outcome !== "cancelled";
}

/** What a supervisor needs before signing that a caller cannot be reached; the backend refuses before. */
export const REQUIRED_ATTEMPTS = 3;
