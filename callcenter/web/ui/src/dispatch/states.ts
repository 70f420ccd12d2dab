/** How the states of instructions and of rings are shown. */
import type { Schemas } from "@/api/client";
import type { State } from "@/design/states";

export const BADGES: Readonly<Record<Schemas["InstructionState"], State>> = {
  issued: "ringing",
  unanswered: "alarming",
  acknowledged: "wrap_up",
  on_site: "talking",
  reported: "available",
  closed: "paused",
  cancelled: "unknown",
};

export const RINGS: Readonly<Record<Schemas["RingState"], State>> = {
  ringing: "ringing",
  acknowledged: "available",
  refused: "wrap_up",
  no_answer: "paused",
  busy: "paused",
  rejected: "paused",
  not_allowed: "alarming",
  not_sent: "alarming",
  refused_by_pbx: "alarming",
  unknown: "unknown",
};
