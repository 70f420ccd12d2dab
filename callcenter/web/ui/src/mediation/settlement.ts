/** What the sides of a mediation have said so far, and what is to be written down next. Pure. */
import type { Schemas } from "@/api/client";
import type { Leg, Mediation } from "./legs";

export const RESULTS: readonly Schemas["Result"][] = ["settled", "not_settled", "refused", "no_answer"];

/** Being heard is needed for a consent and an answer: their time is the time at which they are written down. */
export function canBeAsked(leg: Leg, mediation: Mediation): boolean {
  return mediation.result === null && (leg.place === "room" || leg.place === "hold");
}

/** Those who can be asked, and those who were: the host is no side. */
export function sidesOf(mediation: Mediation): Leg[] {
  return mediation.legs.filter((leg) => leg.role !== "host" && (canBeAsked(leg, mediation) || leg.takes_part !== null));
}

/** What the host asks for or writes down next. */
export type Next =
  | { what: "consent" | "answer"; leg: number }
  | { what: "agreement" | "result"; leg: null };

/** Consents, the agreement that is read back, the answers to it, the result; null once that stands. */
export function nextOf(mediation: Mediation): Next | null {
  if (mediation.result !== null) return null;
  const asked = mediation.legs.filter((leg) => leg.role !== "host" && canBeAsked(leg, mediation));
  const silent = asked.find((leg) => leg.takes_part === null);
  if (silent !== undefined) return { what: "consent", leg: silent.id };
  if (mediation.agreement === null) return { what: "agreement", leg: null };
  const unanswered = asked.find((leg) => leg.takes_part && leg.agrees === null);
  return unanswered === undefined ? { what: "result", leg: null } : { what: "answer", leg: unanswered.id };
}

/** Of the element that has the focus then. */
export function placeOf(next: Next): string {
  return next.leg === null ? `settlement-${next.what}` : `settlement-${next.what}-${next.leg}`;
}
