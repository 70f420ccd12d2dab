/** Which calls are shown. All of it but a number stands in the address; a number never does. Pure. */
import type { LocationQuery } from "vue-router";
import type { Schemas } from "@/api/client";
import { momentAt } from "@/design/time";
import { valuesOf } from "@/messages/values";

export interface CallChoice {
  /** `2026-11-28 14:05` by the hotline's clock. */
  from: string | null;
  to: string | null;
  direction: Schemas["Direction"] | null;
  outcome: Schemas["Outcome"][];
  queue: string | null;
  agent: string | null;
  anomaly: Schemas["Anomaly"] | null;
  unconfirmed: boolean;
  open: boolean;
}

export type CallSearch = Schemas["CallSearch"];

export const EVERY: CallChoice = {
  from: null,
  to: null,
  direction: null,
  outcome: [],
  queue: null,
  agent: null,
  anomaly: null,
  unconfirmed: false,
  open: false,
};

const KNOWN = new Set(Object.keys(EVERY));
const NAME = 80;

/** What an address cannot mean is as if it were not there; the second value says whether there was such a thing. */
export function choiceOf(query: LocationQuery, timezone: string): [CallChoice, boolean] {
  let isBroken = Object.keys(query).some((name) => !KNOWN.has(name));
  const each = (name: string) =>
    [query[name]].flat().filter((value): value is string => typeof value === "string" && value !== "");
  const keep = <T>(value: T | undefined, isThere: boolean): T | null => {
    if (value === undefined && isThere) isBroken = true;
    return value ?? null;
  };
  const one = (name: string, isFit: (value: string) => boolean) => {
    const [value] = each(name);
    return keep(value !== undefined && isFit(value) ? value : undefined, query[name] !== undefined);
  };
  const among = <T extends string>(name: string, values: readonly T[]) =>
    keep(
      values.find((value) => value === query[name]),
      query[name] !== undefined,
    );
  const isMoment = (value: string) => momentAt(value, timezone) !== null;
  const outcomes = each("outcome");
  const outcome = valuesOf<Schemas["Outcome"]>("Outcome").filter((value) => outcomes.includes(value));
  if (outcome.length < outcomes.length) isBroken = true;
  const choice: CallChoice = {
    from: one("from", isMoment),
    to: one("to", isMoment),
    direction: among("direction", valuesOf<Schemas["Direction"]>("Direction")),
    outcome,
    queue: one("queue", (value) => value.length <= NAME),
    agent: one("agent", (value) => value.length <= NAME),
    anomaly: among("anomaly", valuesOf<Schemas["Anomaly"]>("Anomaly")),
    unconfirmed: one("unconfirmed", (value) => value === "1") !== null,
    open: one("open", (value) => value === "1") !== null,
  };
  return [choice, isBroken];
}

export function queryOf(choice: CallChoice): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of ["from", "to", "direction", "queue", "agent", "anomaly"] as const) {
    const value = choice[name];
    if (value !== null) query[name] = value;
  }
  if (choice.outcome.length > 0) query["outcome"] = choice.outcome;
  for (const name of ["unconfirmed", "open"] as const) if (choice[name]) query[name] = "1";
  return query;
}

/** As the backend wants it; moments are the hotline's. */
export function searchOf(choice: CallChoice, timezone: string): Omit<CallSearch, "limit" | "format" | "language"> {
  const moment = (text: string | null) => {
    const at = text === null ? null : momentAt(text, timezone);
    return at === null ? null : new Date(at).toISOString();
  };
  return { ...choice, from: moment(choice.from), to: moment(choice.to) };
}
