/** The states of the phone in the page and of its call: every one of them, and what leads from one to the next. Pure. */

export type PhoneState =
  /** Nobody has asked for it here. */
  | "off"
  /** The backend is asked for a login. */
  | "asking"
  /** There is a login; the PBX does not say yet, or any more, that the device is registered. */
  | "connecting"
  /** The PBX says so. */
  | "ready"
  /** In another tab or another browser of this user. */
  | "elsewhere"
  /** It cannot be had now; why stands beside the state. */
  | "failed";

export type PhoneEvent = "ask" | "granted" | "refused" | "found_elsewhere" | "registered" | "unregistered" | "given_back";

const PHONE: Readonly<Record<PhoneState, Partial<Record<PhoneEvent, PhoneState>>>> = {
  off: { ask: "asking", found_elsewhere: "elsewhere" },
  asking: { granted: "connecting", refused: "failed", found_elsewhere: "elsewhere", given_back: "off" },
  connecting: { registered: "ready", refused: "failed", found_elsewhere: "elsewhere", given_back: "off" },
  ready: { unregistered: "connecting", refused: "failed", found_elsewhere: "elsewhere", given_back: "off" },
  elsewhere: { ask: "asking", given_back: "off" },
  failed: { ask: "asking", found_elsewhere: "elsewhere", given_back: "off" },
};

export type CallState = "ringing" | "dialling" | "talking" | "held" | "consulting" | "ended";

export type CallEvent = "answered" | "held" | "taken_back" | "consulted" | "gone";

const CALL: Readonly<Record<CallState, Partial<Record<CallEvent, CallState>>>> = {
  ringing: { answered: "talking", gone: "ended" },
  dialling: { answered: "talking", gone: "ended" },
  talking: { held: "held", consulted: "consulting", gone: "ended" },
  held: { taken_back: "talking", consulted: "consulting", gone: "ended" },
  /** The caller hears music while the agent talks to a colleague. */
  consulting: { taken_back: "talking", gone: "ended" },
  ended: {},
};

/** What does not belong to a state changes nothing: such an event comes late, from before the state. */
export function nextPhone(state: PhoneState, event: PhoneEvent): PhoneState {
  return PHONE[state][event] ?? state;
}

export function nextCall(state: CallState, event: CallEvent): CallState {
  return CALL[state][event] ?? state;
}

/** Whether sound is to flow: the moment for meters and warnings. */
export function isUp(state: CallState): boolean {
  return state === "talking" || state === "held" || state === "consulting";
}

/** Whether the phone is this page's: it has, or is about to have, the login. */
export function isHere(state: PhoneState): boolean {
  return state === "asking" || state === "connecting" || state === "ready";
}
