/** One call of the phone in the page, as it is shown: its state, its wishes, and what is wrong with its sound. */
import { shallowReactive } from "vue";
import { serverNow } from "@/design/clock";
import { heardSound, isKnownUp, isSaidToBeOver, NO_SILENCE, OVER_FOR, warningOf, type Desk, type Sound, type Warning } from "./rules";
import type { CallEars, SipCall } from "./sipWords";
import { hearOther, microphoneForCall, microphoneLevel, moveOther } from "./sound";
import { isUp, nextCall, type CallEvent, type CallState } from "./states";

/** What the agent has asked for and the PBX has not confirmed. */
export type Pending = "answer" | "hang_up" | "hold" | "transfer";

/** A button that nothing came of is a button again. */
const PATIENCE = 5_000;

interface Shown {
  state: CallState;
  /** Of this state, by the server's clock. */
  since: number;
  isMuted: boolean;
  pending: Pending | null;
  /** What was asked for did not happen. */
  failed: Pending | null;
  warning: Warning | null;
}

export class PhoneCall {
  /** `pbx/call_id`; null for a call that the agent made. */
  readonly key: string | null;
  private readonly shown: Shown;
  private readonly sip: SipCall;
  private readonly onEnd: (isLost: boolean) => void;
  private other: MediaStream | null = null;
  private wasKnownUp = false;
  private overSince: number | null = null;
  private sound: Sound = NO_SILENCE;
  private received = 0;
  private patience: ReturnType<typeof setTimeout> | undefined;

  constructor(
    state: "ringing" | "dialling",
    key: string | null,
    open: (ears: CallEars) => SipCall,
    onEnd: (isLost: boolean) => void,
  ) {
    this.key = key;
    this.onEnd = onEnd;
    this.shown = shallowReactive<Shown>({
      state,
      since: serverNow(),
      isMuted: false,
      pending: null,
      failed: null,
      warning: null,
    });
    const ears: CallEars = {
      answered: () => this.turn("answered"),
      held: (isHeld) => {
        this.turn(isHeld ? "held" : "taken_back");
        if (!isHeld) void hearOther(this.other);
      },
      sound: (stream) => {
        this.other = stream;
        void hearOther(stream);
      },
      gone: (isLost) => this.end(isLost && isUp(this.state)),
    };
    this.sip = open(ears);
  }

  get state(): CallState {
    return this.shown.state;
  }

  get since(): number {
    return this.shown.since;
  }

  get isMuted(): boolean {
    return this.shown.isMuted;
  }

  get pending(): Pending | null {
    return this.shown.pending;
  }

  get failed(): Pending | null {
    return this.shown.failed;
  }

  get warning(): Warning | null {
    return this.shown.warning;
  }

  answer(): void {
    if (this.state !== "ringing" || this.pending === "answer") return;
    this.wait("answer");
    this.sip.answer(microphoneForCall());
  }

  hangUp(): void {
    this.wait("hang_up");
    this.sip.hangUp();
  }

  toggleHold(): void {
    if (this.state !== "talking" && this.state !== "held") return;
    this.wait("hold");
    this.sip.hold(this.state === "talking");
  }

  toggleMute(): void {
    if (!isUp(this.state)) return;
    this.shown.isMuted = !this.isMuted;
    this.sip.mute(this.isMuted);
  }

  press(key: string): void {
    this.sip.press(key);
  }

  renegotiate(): void {
    if (isUp(this.state)) this.sip.renegotiate();
  }

  /** The caller hears music while a colleague is asked. */
  consult(): void {
    this.turn("consulted");
    this.sip.hold(true);
  }

  takeBack(): void {
    if (this.state === "consulting") this.sip.hold(false);
  }

  transferTo(number: string): void {
    this.wait("transfer");
    this.sip.transferTo(number, (isDone) => this.transferred(isDone));
  }

  transferInto(other: PhoneCall): void {
    this.wait("transfer");
    this.sip.transferInto(other.sip, (isDone) => this.transferred(isDone));
  }

  /** The backend's word: a call that is over for it is over. */
  hear(desk: Desk): void {
    if (this.state === "ended") return;
    const isOver = isSaidToBeOver(desk, this.key, this.wasKnownUp);
    // the desk may be of before this call, and another one up on it
    this.wasKnownUp ||= isKnownUp(desk, this.key, true);
    if (!isOver) this.overSince = null;
    else if (this.overSince === null) {
      this.overSince = performance.now();
      setTimeout(() => this.endIfOver(), OVER_FOR);
    }
  }

  /** Each second. */
  listen(): void {
    if (this.state !== "talking") {
      this.sound = NO_SILENCE;
      this.shown.warning = null;
      return;
    }
    void this.sip.countReceived().then((received) => {
      const now = performance.now();
      // where the level is not known nothing is said of it
      const level = microphoneLevel() ?? 1;
      this.sound = heardSound(this.sound, now, received > this.received, level);
      this.received = received;
      this.shown.warning = warningOf(this.sound, now, { state: this.state, isMuted: this.isMuted, level: microphoneLevel() ?? 0 });
    });
  }

  async replaceDevices(): Promise<void> {
    await moveOther();
    if (isUp(this.state)) await this.sip.replaceMicrophone(microphoneForCall());
  }

  /** What is left of a call that goes on without this. */
  drop(): void {
    this.sip.hangUp();
    this.end(false);
  }

  private endIfOver(): void {
    if (this.overSince !== null && this.state !== "ended") this.drop();
  }

  private transferred(isDone: boolean): void {
    if (!isDone && this.pending === "transfer") this.fail();
  }

  private wait(pending: Pending): void {
    clearTimeout(this.patience);
    this.shown.pending = pending;
    this.shown.failed = null;
    this.patience = setTimeout(() => this.fail(), PATIENCE);
  }

  private fail(): void {
    this.shown.failed = this.pending;
    this.shown.pending = null;
  }

  private turn(event: CallEvent): void {
    const next = nextCall(this.state, event);
    if (next === this.state) return;
    this.shown.state = next;
    this.shown.since = serverNow();
    clearTimeout(this.patience);
    this.shown.pending = null;
  }

  private end(isLost: boolean): void {
    if (this.state === "ended") return;
    this.turn("gone");
    this.onEnd(isLost);
  }
}
