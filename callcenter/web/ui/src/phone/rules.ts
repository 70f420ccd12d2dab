/** What the page does by itself with a call: when it ends one, answers one, and what it says of the sound. Pure. */
import type { Schemas } from "@/api/client";
import type { CallState } from "./states";

export type Desk = Schemas["DeskView"];

/** What the backend says of a call may be a moment old: a call that is brought back is over for an instant. */
export const OVER_FOR = 1_000;
/** Milliseconds without sound, in either direction, after which the agent is told. */
export const SILENT_FOR = 5_000;
/** A login is asked for anew after this part of its time, between calls; a long call is not to outlive it. */
const RENEWED_AFTER = 0.5;
const RENEWED_IN_CALL_AFTER = 0.9;
/** Below this a microphone gives nothing at all: a room without a voice has ten times as much. Of 1. */
const DEAD = 0.0002;
/** From here on somebody speaks. Of 1. */
const VOICE = 0.03;

/** Whether what the desk says is of now. */
export function isCurrent(desk: Desk | null): desk is Desk {
  return desk !== null && desk.is_reading && !desk.is_blind;
}

/**
 * The call as the desk has it; null where it has none, or no longer. Who is given a caller after a question is in
 * another call than the one that rang: a phone has one at a time, so that is the one in which the seat talks. Of a desk
 * that may be one of before (`isOld`), as while the backend is away, only the call itself counts.
 */
export function findCall(desk: Desk | null, key: string | null, isOld = false): Schemas["DeskCallView"] | null {
  if (desk === null || key === null) return null;
  const found = desk.calls[key] ?? null;
  if (isOld || (found !== null && found.state !== "ended")) return found;
  return Object.values(desk.calls).find(({ state }) => state === "talking" || state === "held") ?? found;
}

/** Whether the backend has the call as one of this seat that is not over. */
export function isKnownUp(desk: Desk | null, key: string | null, isOld = false): boolean {
  const found = findCall(desk, key, isOld);
  return found !== null && found.state !== "ended";
}

/**
 * Whether the backend says that a call is over which it once had as going on. Without news of the PBX, or of the
 * database, it says nothing. Who hosts a mediation is in its room, even while nobody else is.
 */
export function isSaidToBeOver(desk: Desk | null, key: string | null, wasKnownUp: boolean): boolean {
  return key !== null && wasKnownUp && isCurrent(desk) && desk.mediation === null && !isKnownUp(desk, key);
}

/**
 * Whether a call that rings is answered without a hand: one that this page was in before it was loaded anew, and the one
 * that rings here because the agent has asked for a number to be dialled.
 */
export function answersItself(desk: Desk | null, key: string | null, broughtBack: ReadonlySet<string>): boolean {
  return key !== null && (broughtBack.has(key) || desk?.dial?.call === key);
}

/** The calls in which the seat is, by what the backend knows: those that a page which was loaded anew has lost. */
export function callsToBringBack(desk: Desk | null): string[] {
  return Object.entries(desk?.calls ?? {})
    .filter(([, call]) => call.state === "talking" || call.state === "held")
    .map(([key]) => key);
}

/** Whether the phone may be taken elsewhere: nobody is cut off. */
export function mayBeTaken(desk: Desk | null): boolean {
  const hosts = desk !== null && desk.mediation !== null;
  return !hosts && !Object.keys(desk?.calls ?? {}).some((key) => isKnownUp(desk, key));
}

/** The number by which colleagues ring a device: `1001` of `PJSIP/1001`. */
export function numberOf(device: string): string {
  return device.slice(device.lastIndexOf("/") + 1);
}

/** When to ask for the next login, both in milliseconds since 1970. */
export function renewalAt(grantedAt: number, expiresAt: number, isInCall: boolean): number {
  return grantedAt + (expiresAt - grantedAt) * (isInCall ? RENEWED_IN_CALL_AFTER : RENEWED_AFTER);
}

export interface Sound {
  /** Since when nothing has come from the microphone, and from the other side; null while something does. */
  silentInSince: number | null;
  silentOutSince: number | null;
}

export const NO_SILENCE: Sound = { silentInSince: null, silentOutSince: null };

/** `level` of the microphone is 0 to 1; `received` says whether packets of sound came since the last look. */
export function heardSound(before: Sound, now: number, received: boolean, level: number): Sound {
  return {
    silentInSince: received ? null : (before.silentInSince ?? now),
    silentOutSince: level > DEAD ? null : (before.silentOutSince ?? now),
  };
}

export type Warning = "nothing_heard" | "microphone_silent" | "talking_while_muted";

/** The one thing to be told about the sound of a call, the worst first. */
export function warningOf(
  sound: Sound,
  now: number,
  call: { state: CallState; isMuted: boolean; level: number },
): Warning | null {
  if (call.state !== "talking") return null;
  const isLong = (since: number | null) => since !== null && now - since >= SILENT_FOR;
  if (isLong(sound.silentInSince)) return "nothing_heard";
  if (isLong(sound.silentOutSince)) return "microphone_silent";
  return call.isMuted && call.level >= VOICE ? "talking_while_muted" : null;
}

/** Whether a microphone has been heard to move, as the sound check asks. */
export function isMoving(level: number): boolean {
  return level >= VOICE;
}
