/** Which flags are shown: all of it stands in the address. Pure. */
import type { LocationQuery } from "vue-router";
import type { Schemas } from "@/api/client";
import { valuesOf } from "@/messages/values";

/** Those on which somebody has to do something, those whose time is over, those in one state, or all. */
export const SHOWN = ["undecided", "overdue", "open", "proposed", "filed", "refused", "withdrawn", "all"] as const;
export type Shown = (typeof SHOWN)[number];

export interface Choice {
  show: Shown;
  trigger: Schemas["Trigger"] | null;
  unit: number | null;
}

export const EVERY: Readonly<Choice> = { show: "undecided", trigger: null, unit: null };

const KNOWN = new Set(Object.keys(EVERY));
const ID = /^[1-9]\d{0,8}$/;

/** What an address cannot mean is as if it were not there; the second value says whether there was such a thing. */
export function choiceOf(query: LocationQuery): [Choice, boolean] {
  let isBroken = Object.keys(query).some((name) => !KNOWN.has(name));
  const among = <T extends string>(name: string, values: readonly T[]): T | null => {
    const found = values.find((value) => value === query[name]);
    if (found === undefined && query[name] !== undefined) isBroken = true;
    return found ?? null;
  };
  const unit = query["unit"];
  const isUnit = typeof unit === "string" && ID.test(unit);
  if (unit !== undefined && !isUnit) isBroken = true;
  const choice: Choice = {
    show: among("show", SHOWN) ?? EVERY.show,
    trigger: among("trigger", valuesOf<Schemas["Trigger"]>("Trigger")),
    unit: isUnit ? Number(unit) : null,
  };
  return [choice, isBroken];
}

export function queryOf({ show, trigger, unit }: Choice): Record<string, string> {
  return {
    ...(show === EVERY.show ? {} : { show }),
    ...(trigger === null ? {} : { trigger }),
    ...(unit === null ? {} : { unit: String(unit) }),
  };
}

/** As the backend wants it. */
export function searchOf({ show, trigger, unit }: Choice) {
  const ofState = show === "undecided" || show === "overdue" || show === "all" ? null : show;
  return {
    state: ofState,
    undecided: show === "undecided" ? true : null,
    overdue: show === "overdue",
    trigger,
    unit_id: unit,
  };
}
