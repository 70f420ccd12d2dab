/** What is typed of a person's request, checked and as it is sent. Pure. */
import type { Schemas } from "@/api/client";
import { isNumber } from "@/design/numbers";

export interface TypedRequest {
  phone: string;
  /** One each line, as they were confirmed. */
  names: string;
  since: string;
  reason: string;
  identity: string;
  language: Schemas["Language"];
}

export type RequestField = keyof TypedRequest;

export const NOTHING: Readonly<TypedRequest> = { phone: "", names: "", since: "", reason: "", identity: "", language: "zh" };

const MOST_NAMES = 10;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const namesOf = (typed: string) =>
  typed
    .split(/[\n,，、;；]/)
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** What is wrong, as keys of the messages, by field, in the order of the form. */
export function faultsOf(typed: TypedRequest): Partial<Record<RequestField, string>> {
  const faults: Partial<Record<RequestField, string>> = {};
  const names = namesOf(typed.names);
  if (!isNumber(typed.phone.trim())) faults.phone = "design.numberWrong";
  if (names.length === 0 || names.length > MOST_NAMES) faults.names = "personRequests.faults.names";
  if (typed.since !== "" && !DAY.test(typed.since)) faults.since = "tickets.faults.day";
  for (const field of ["identity", "reason"] as const) {
    if (typed[field].trim().length < 2) faults[field] = "casework.faults.tooShort";
  }
  return faults;
}

export function bodyOf(typed: TypedRequest): Schemas["NewPersonRequest"] {
  const line = (text: string) => text.trim().replace(/\s+/g, " ");
  return {
    phone: typed.phone.trim(),
    names: namesOf(typed.names),
    since: typed.since || null,
    reason: line(typed.reason),
    identity: line(typed.identity),
    language: typed.language,
  };
}
