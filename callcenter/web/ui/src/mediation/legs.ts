/** Who takes part in a mediation, and what can be done with them. Pure. */
import type { Schemas } from "@/api/client";
import type { State } from "@/design/states";

export type Mediation = Schemas["MediationView"];
export type Leg = Schemas["LegView"];
export type LegCommand = Schemas["LegCommand"];

/** Who can be rung into a room. */
export const GUESTS: readonly Schemas["LegRole"][] = ["merchant", "market_office", "interpreter", "officer"];

export const BADGES: Readonly<Record<Schemas["Place"], State>> = {
  room: "talking",
  hold: "paused",
  dialled: "ringing",
  left: "unknown",
  not_called: "unknown",
};

/** Commands whose undoing somebody at the other end would have to hear. */
export const FINAL: readonly LegCommand[] = ["remove"];

/** Whether the PBX still has something to do with it. */
export function isOn(mediation: Mediation): boolean {
  return mediation.state === "calling" || mediation.state === "open";
}

/** Since when the leg is where it is; null for one that was not called. */
export function sinceOf(leg: Leg, events: Mediation["events"]): string | null {
  if (leg.place === "left") return leg.left_at;
  if (leg.place === "dialled") return leg.called_at;
  const word = leg.place === "hold" ? "held" : "entered";
  return events.findLast((event) => event.leg_id === leg.id && event.what === word)?.at ?? leg.joined_at;
}

/** Whether the room does not hear the leg, by the host's wish; who comes into the room anew is heard. */
export function isMuted(leg: Leg, events: Mediation["events"]): boolean {
  if (leg.place !== "room") return false;
  const said = events.findLast(
    (event) => event.leg_id === leg.id && (event.what === "mute" || event.what === "unmute" || event.what === "entered"),
  );
  return said?.what === "mute";
}

/** What a person last did with the leg, or with the whole mediation; null where nobody did anything. */
export function lastDeed(leg: Leg | null, events: Mediation["events"]): Mediation["events"][number] | null {
  const byPerson = events.filter((event) => event.actor !== "pbx" && event.actor !== "backend");
  return byPerson.findLast((event) => event.leg_id === (leg?.id ?? null)) ?? null;
}

/** What the host can do with a leg now, in the order of the buttons. */
export function commandsFor(leg: Leg, mediation: Mediation): LegCommand[] {
  if (leg.role === "host" || !isOn(mediation)) return [];
  const others = mediation.legs.filter((one) => one.id !== leg.id && one.role !== "host" && one.place === "room");
  const aside: LegCommand[] = others.length > 0 ? ["private-word"] : [];
  switch (leg.place) {
    case "room":
      return [isMuted(leg, mediation.events) ? "unmute" : "mute", "hold", ...aside, "remove"];
    case "hold":
      return ["return", ...aside, "remove"];
    case "dialled":
      return ["remove"];
    default:
      return [];
  }
}
