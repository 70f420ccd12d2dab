/** How the states of an organisation in a broadcast are shown. */
import type { Schemas } from "@/api/client";
import type { State } from "@/design/states";

export const BADGES: Readonly<Record<Schemas["TargetState"], State>> = {
  waiting: "paused",
  ringing: "ringing",
  acknowledged: "available",
  refused: "wrap_up",
  unreachable: "alarming",
};

/** In the order of the sum. */
export const ORDER: readonly Schemas["TargetState"][] = [
  "acknowledged",
  "refused",
  "unreachable",
  "ringing",
  "waiting",
];
