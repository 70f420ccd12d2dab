/** What the page and its SIP phone say to each other; the page knows nothing else of SIP. */
import type { Schemas } from "@/api/client";

/** With it the PBX names the call whose caller rings, as the record has it. */
export const CALL_HEADER = "X-Hotline-Call";

export interface PhoneEars {
  /** The WebSocket is lost; another is tried by itself. */
  disconnected: () => void;
  /** Anew after each loss too. */
  registered: () => void;
  /** The login is not valid, or no longer. */
  refused: () => void;
  /** Somebody rings: take the call by giving it ears, or refuse it as busy. */
  rung: (take: (ears: CallEars) => SipCall, callId: string | null, refuse: () => void) => void;
}

export interface CallEars {
  answered: () => void;
  held: (isHeld: boolean) => void;
  /** The other side's sound. */
  sound: (stream: MediaStream) => void;
  /** It is over; `isLost` where neither side has hung up, so that the PBX brings the other one back to this seat. */
  gone: (isLost: boolean) => void;
}

export interface SipPhone {
  /** Another login in place of the old one; no call is touched. */
  renew: (login: Schemas["PhoneLogin"]) => void;
  dial: (number: string, stream: MediaStream, ears: CallEars) => SipCall;
  stop: () => void;
}

/** One call. It stops the stream that it was given when it ends. */
export interface SipCall {
  answer: (stream: MediaStream) => void;
  /** Also refuses a call that rings, and takes back one that was dialled. */
  hangUp: () => void;
  hold: (isHeld: boolean) => void;
  mute: (isMuted: boolean) => void;
  press: (key: string) => void;
  /** Tells the PBX where this page is now: without it nothing more is heard of the call after a loss. */
  renegotiate: () => void;
  transferTo: (number: string, told: (isDone: boolean) => void) => void;
  /** Puts the two other sides together. */
  transferInto: (other: SipCall, told: (isDone: boolean) => void) => void;
  replaceMicrophone: (stream: MediaStream) => Promise<void>;
  /** Packets of sound so far. */
  countReceived: () => Promise<number>;
}
