/**
 * SIP over a WebSocket (RFC 7118), by JsSIP, which no other file knows. In a chunk of its own, loaded with the first
 * login.
 *
 * The wish of the agent (held, muted) is kept here and compared with what is after each renegotiation: the library
 * answers an offer of the other side as if nothing were held (versatica/JsSIP#977).
 */
import { UA, WebSocketInterface } from "jssip";
import type { EndEvent, RTCSession, RTCSessionEventMap } from "jssip/lib/RTCSession";
import type { RTCSessionEvent, UnRegisteredEvent } from "jssip/lib/UA";
import type { Schemas } from "@/api/client";
import { CALL_HEADER, type CallEars, type PhoneEars, type SipCall, type SipPhone } from "./sipWords";

/** Seconds; timers of hidden tabs run once a minute, so nothing shorter would hold. */
const REGISTRATION = 120;
/** Seconds between attempts to connect again. */
const SOONEST = 1;
const LATEST = 3;
/** Milliseconds. */
const TRY_AGAIN = 5_000;
const OFFER_AGAIN = 300;
/** The PBX is reached without help: what there is after the first candidates is enough. */
const CANDIDATES_FOR = 400;

const REFUSED = [401, 403, 404, 407];
/** A queue tries the next agent at once. */
const BUSY = 486;
/** Nobody hung up: the PBX heard no sound from here (RFC 3326, as res_pjsip_rfc3326 writes it). */
const DEAD = /Q\.850\s*;\s*cause=44\b/i;
/** Nor where the PBX no longer knows of the call, or could not be reached. */
const LOST = ["Dialog Error", "Connection Error", "Request Timeout"];

export function openPhone(login: Schemas["PhoneLogin"], ears: PhoneEars): SipPhone {
  return new Phone(login, ears);
}

class Phone implements SipPhone {
  private readonly ua: UA;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** A registration that was under way with the old login is refused. */
  private hasNewLogin = false;

  constructor(login: Schemas["PhoneLogin"], ears: PhoneEars) {
    this.ua = new UA({
      sockets: new WebSocketInterface(login.websocket),
      uri: login.uri,
      authorization_user: login.login,
      realm: login.realm,
      ha1: login.ha1,
      register_expires: REGISTRATION,
      session_timers: false,
      connection_recovery_min_interval: SOONEST,
      connection_recovery_max_interval: LATEST,
      user_agent: "hotline page",
    });
    this.ua.on("disconnected", () => ears.disconnected());
    this.ua.on("registered", () => ears.registered());
    this.ua.on("registrationFailed", (event: UnRegisteredEvent) => {
      const isRefused = REFUSED.includes(event.response?.status_code ?? 0);
      if (isRefused && !this.hasNewLogin) ears.refused();
      else this.timer = setTimeout(() => this.ua.register(), isRefused ? 0 : TRY_AGAIN);
      this.hasNewLogin = false;
    });
    this.ua.on("newRTCSession", ({ session, request }: RTCSessionEvent) => {
      if (String(session.direction) !== "incoming") return;
      ears.rung((callEars) => new Call(this.ua, session, callEars), request.getHeader(CALL_HEADER) ?? null, () =>
        session.terminate({ status_code: BUSY }),
      );
    });
    this.ua.start();
  }

  renew(login: Schemas["PhoneLogin"]): void {
    this.ua.set("authorization_user", login.login);
    this.ua.set("ha1", login.ha1);
    this.hasNewLogin = true;
    this.ua.register();
  }

  dial(number: string, stream: MediaStream, ears: CallEars): SipCall {
    return new Call(this.ua, this.ua.call(number, { mediaStream: stream, pcConfig: {} }), ears, stream);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.ua.stop();
  }
}

class Call implements SipCall {
  private readonly ua: UA;
  private readonly session: RTCSession;
  private readonly ears: CallEars;
  private stream: MediaStream | null;
  private wish = { isHeld: false, isMuted: false };
  /** The PBX is to be told of the call as it is, though the agent wishes nothing else. */
  private isOfferDue = false;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(ua: UA, session: RTCSession, ears: CallEars, stream: MediaStream | null = null) {
    this.ua = ua;
    this.session = session;
    this.ears = ears;
    this.stream = stream;
    if (session.connection) this.listen(session.connection);
    this.hear("peerconnection", ({ peerconnection }) => this.listen(peerconnection));
    this.hear("confirmed", () => this.ears.answered());
    this.hear("ended", (event) => this.end(event));
    this.hear("failed", (event) => this.end(event));
    this.hear("getusermediafailed", () => this.end());
    const wasOffered = () => {
      // the answer has said that nothing is held
      this.isOfferDue ||= this.wish.isHeld;
      this.comply();
    };
    this.hear("reinvite", (event) => {
      event.callback = wasOffered;
    });
    this.hear("update", (event) => {
      event.callback = wasOffered;
    });
    let gathering: ReturnType<typeof setTimeout> | undefined;
    this.hear("icecandidate", ({ ready }) => (gathering ??= setTimeout(ready, CANDIDATES_FOR)));
  }

  answer(stream: MediaStream): void {
    if (!this.session.isInProgress()) return;
    this.stream = stream;
    this.session.answer({ mediaStream: stream, pcConfig: {} });
  }

  hangUp(): void {
    if (this.session.isEnded()) return;
    const isRinging = this.session.isInProgress() && String(this.session.direction) === "incoming";
    // to go without a word is to be dead: the other side would be brought back
    if (this.ua.isConnected()) this.session.terminate(isRinging ? { status_code: BUSY } : {});
    else setTimeout(() => this.hangUp(), OFFER_AGAIN);
  }

  hold(isHeld: boolean): void {
    this.wish = { ...this.wish, isHeld };
    this.comply();
  }

  mute(isMuted: boolean): void {
    this.wish = { ...this.wish, isMuted };
    if (isMuted) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
    this.comply();
  }

  press(key: string): void {
    this.session.sendDTMF(key, { transportType: "RFC2833" as never });
  }

  renegotiate(): void {
    this.isOfferDue = true;
    this.comply();
  }

  transferTo(number: string, told: (isDone: boolean) => void): void {
    this.refer(number, undefined, told);
  }

  transferInto(other: SipCall, told: (isDone: boolean) => void): void {
    const session = (other as Call).session;
    this.refer(session.remote_identity.uri.toString(), session, told);
  }

  async replaceMicrophone(stream: MediaStream): Promise<void> {
    const track = stream.getAudioTracks()[0] ?? null;
    await this.sender()?.replaceTrack(track);
    this.stopStream();
    this.stream = stream;
    this.setTrack();
  }

  async countReceived(): Promise<number> {
    const connection = this.session.connection as RTCPeerConnection | undefined;
    if (!connection) return 0;
    let packets = 0;
    (await connection.getStats()).forEach((report: RTCStats & { packetsReceived?: number }) => {
      if (report.type === "inbound-rtp") packets += report.packetsReceived ?? 0;
    });
    return packets;
  }

  private refer(target: string, replaces: RTCSession | undefined, told: (isDone: boolean) => void): void {
    const eventHandlers = {
      requestFailed: () => told(false),
      failed: () => told(false),
      accepted: () => {
        told(true);
        // the one who is transferred has gone: nobody else ends what is left here
        this.hangUp();
      },
    };
    this.session.refer(target, replaces === undefined ? { eventHandlers } : { eventHandlers, replaces });
  }

  private hear<T extends keyof RTCSessionEventMap>(type: T, listener: RTCSessionEventMap[T]): void {
    this.session.on(type, listener);
  }

  private listen(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ track, streams }) => this.ears.sound(streams[0] ?? new MediaStream([track])));
  }

  /** What is is made what is wished, as soon as the PBX can be reached and no other offer is under way. */
  private comply(): void {
    clearTimeout(this.again);
    this.setTrack();
    const isOther = this.session.isOnHold().local !== this.wish.isHeld;
    if (!this.session.isEstablished() || !(isOther || this.isOfferDue)) return;
    if (this.ua.isConnected() && (isOther ? this.offerHold() : this.session.renegotiate({}, () => this.comply()))) {
      this.isOfferDue = false;
    } else {
      this.again = setTimeout(() => this.comply(), OFFER_AGAIN);
    }
  }

  private offerHold(): boolean {
    const { isHeld } = this.wish;
    const told = () => {
      this.ears.held(isHeld);
      this.comply();
    };
    return isHeld ? this.session.hold({}, told) : this.session.unhold({}, told);
  }

  private setTrack(): void {
    const track = this.sender()?.track;
    if (track) track.enabled = !this.wish.isHeld && !this.wish.isMuted;
  }

  private sender(): RTCRtpSender | undefined {
    const connection = this.session.connection as RTCPeerConnection | undefined;
    return connection?.getSenders().find((sender) => sender.track?.kind === "audio");
  }

  private end(event?: EndEvent): void {
    clearTimeout(this.again);
    this.stopStream();
    const isDead = event !== undefined && DEAD.test(event.message?.getHeader("Reason") ?? "");
    this.ears.gone(isDead || LOST.includes(event?.cause ?? ""));
  }

  private stopStream(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
  }
}
