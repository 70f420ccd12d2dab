/** Which contacts are shown: all of it stands in the address. Pure. */
import type { LocationQuery } from "vue-router";
import type { Schemas } from "@/api/client";
import { valuesOf } from "@/messages/values";

/** Those that are rung, those of them whom nobody has verified for long, or those that have ended. */
export const SHOWN = ["all", "stale", "ended"] as const;
export type Shown = (typeof SHOWN)[number];

export interface Choice {
  show: Shown;
  role: Schemas["ContactRole"] | null;
  region: string;
  brand: string;
}

export const EVERY: Readonly<Choice> = { show: "all", role: null, region: "", brand: "" };

/** What an address cannot mean is as if it were not there. */
export function choiceOf(query: LocationQuery): Choice {
  const text = (name: string) => {
    const value = query[name];
    return typeof value === "string" ? value.trim().slice(0, 60) : "";
  };
  return {
    show: SHOWN.find((one) => one === query["show"]) ?? EVERY.show,
    role: valuesOf<Schemas["ContactRole"]>("ContactRole").find((one) => one === query["role"]) ?? null,
    region: text("region"),
    brand: text("brand"),
  };
}

export function queryOf({ show, role, region, brand }: Choice): Record<string, string> {
  return {
    ...(show === EVERY.show ? {} : { show }),
    ...(role === null ? {} : { role }),
    ...(region === "" ? {} : { region }),
    ...(brand === "" ? {} : { brand }),
  };
}

/** As the backend wants it. */
export function searchOf({ show, role, region, brand }: Choice) {
  return {
    stale: show === "stale" ? true : null,
    ended: show === "ended",
    role,
    region: region || null,
    brand: brand || null,
  };
}
