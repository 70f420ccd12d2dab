/** Which matters are shown, and in what order: all of it stands in the address. Pure. */
import type { LocationQuery } from "vue-router";
import type { Schemas } from "@/api/client";
import { valuesOf } from "@/messages/values";

export interface Choice {
  kind: Schemas["TicketKind"] | null;
  state: Schemas["TicketState"] | null;
  open: "open" | "closed" | "all";
  priority: Schemas["Priority"] | null;
  unit: number | null;
  mine: boolean;
  /** Null for the usual one: what is due next first where all are open, else the newest first. */
  order: Schemas["TicketOrder"] | null;
}

export const EVERY: Readonly<Choice> = {
  kind: null,
  state: null,
  open: "open",
  priority: null,
  unit: null,
  mine: false,
  order: null,
};

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
    kind: among("kind", valuesOf<Schemas["TicketKind"]>("TicketKind")),
    state: among("state", valuesOf<Schemas["TicketState"]>("TicketState")),
    open: among("open", ["open", "closed", "all"]) ?? "open",
    priority: among("priority", valuesOf<Schemas["Priority"]>("Priority")),
    unit: isUnit ? Number(unit) : null,
    mine: among("mine", ["1"]) !== null,
    order: among("order", valuesOf<Schemas["TicketOrder"]>("TicketOrder")),
  };
  return [choice, isBroken];
}

export function queryOf(choice: Choice): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of ["kind", "state", "priority", "order"] as const) {
    const value = choice[name];
    if (value !== null) query[name] = value;
  }
  if (choice.open !== EVERY.open) query["open"] = choice.open;
  if (choice.unit !== null) query["unit"] = String(choice.unit);
  if (choice.mine) query["mine"] = "1";
  return query;
}

export function orderOf(choice: Choice): Schemas["TicketOrder"] {
  return choice.order ?? (choice.open === "open" ? "due" : "newest");
}

/** As the backend wants it. */
export function searchOf(choice: Choice) {
  const { kind, state, priority, unit, mine, open } = choice;
  return {
    kind,
    state,
    priority,
    unit_id: unit,
    mine,
    open: open === "all" ? null : open === "open",
    order: orderOf(choice),
  };
}
