/** To whom a call can be given. Pure. */
import type { Schemas } from "@/api/client";
import type { Me } from "@/session/me";

export interface Colleague {
  user: string;
  device: string;
  /** Null while the PBX is not heard. */
  state: Schemas["SeatState"] | null;
  canBeRung: boolean;
}

/** Everybody else at the same PBX: those who are free first, then by name. */
export function colleaguesOf(agents: readonly Schemas["AgentView"][], me: Me | null): Colleague[] {
  return agents
    .flatMap(({ user, seat }) =>
      seat === null || user === me?.user || seat.pbx !== me?.seat?.pbx
        ? []
        : [{ user, device: seat.interface, state: seat.state, canBeRung: canBeRung(seat.state) }],
    )
    .sort(
      (one, other) =>
        Number(other.state === "available") - Number(one.state === "available") ||
        one.user.localeCompare(other.user, "zh-CN"),
    );
}

/** Who is in a call would only ring busy; a pause is for callers of the queue. */
function canBeRung(state: Schemas["SeatState"] | null): boolean {
  return state === "available" || state === "paused" || state === "wrap_up" || state === "signed_off";
}
