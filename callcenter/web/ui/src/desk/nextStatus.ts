/** What the agent will be after the call that goes on: asked for in this page, and over with the call. */
import { readonly, ref } from "vue";
import type { Schemas } from "@/api/client";
import type { Me } from "@/session/me";

const asked = ref<Schemas["PauseReason"] | null>(null);

export const nextStatus = readonly(asked);

export function keepNextStatus(reason: Schemas["PauseReason"] | null): void {
  asked.value = reason;
}

/** Whether the seat is in a call, so that a pause begins behind it. */
export function isInCall(seat: Me["seat"]): boolean {
  return seat?.state === "talking" || seat?.state === "on_hold";
}
