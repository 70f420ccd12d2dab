/** How the states of flags are shown. */
import type { Schemas } from "@/api/client";
import type { State } from "@/design/states";

export const BADGES: Readonly<Record<Schemas["FlagState"], State>> = {
  open: "paused",
  proposed: "wrap_up",
  filed: "talking",
  refused: "available",
  withdrawn: "unknown",
};
