/** Complaints that are to be handled as one, each with the consent of its complainant, as they are typed. Pure. */
import type { Schemas } from "@/api/client";
import { numberOf } from "@/casework/ticketNumber";
import { dayText, momentAt, timeText } from "@/design/time";

export interface TypedConsent {
  /** Tells rows apart while they come and go. */
  key: number;
  /** When the row was made, which is its moment unless another one is typed. */
  madeAt: number;
  ticket: string;
  /** `2026-11-28 14:05` by the hotline's clock. */
  at: string;
  by: Schemas["NoticeBy"];
}

export interface ConsentFaults {
  ticket?: string;
  at?: string;
}

/** Moments are typed to the minute. */
export function minuteText(moment: number, timezone: string): string {
  return `${dayText(moment, timezone)} ${timeText(moment, timezone).slice(0, 5)}`;
}

/** A matter that came in the same minute came before the consent: what nobody typed is no earlier than it was. */
function momentOf(typed: TypedConsent, timezone: string): number | null {
  return typed.at === minuteText(typed.madeAt, timezone) ? typed.madeAt : momentAt(typed.at, timezone);
}

/** What is wrong with each, as keys of the messages, in the same order. */
export function faultsOfConsents(typed: readonly TypedConsent[], timezone: string): ConsentFaults[] {
  const numbers = typed.map((one) => numberOf(one.ticket));
  return typed.map((one, place) => {
    const faults: ConsentFaults = {};
    const number = numbers[place] ?? null;
    if (number === null) faults.ticket = "tickets.merging.badNumber";
    else if (numbers.indexOf(number) < place) faults.ticket = "tickets.groups.twice";
    if (momentOf(one, timezone) === null) faults.at = "tickets.faults.moment";
    return faults;
  });
}

export const isFaultless = (faults: readonly ConsentFaults[]) => faults.every((one) => Object.keys(one).length === 0);

/** As the backend wants it; of one without faults. */
export function memberOf(typed: TypedConsent, timezone: string): Schemas["NewGroupMember"] {
  const at = new Date(momentOf(typed, timezone) ?? 0).toISOString();
  return { ticket: numberOf(typed.ticket) ?? "", consented_at: at, consented_by: typed.by };
}
