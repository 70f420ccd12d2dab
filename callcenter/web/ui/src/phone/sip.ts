/**
 * SIP over a WebSocket (RFC 7118), by JsSIP, which no other file knows. In a chunk of its own, loaded with the first
 * login.
 *
 * The wish of the agent (held, muted) is kept here and compared with what is after each renegotiation: the library
 * answers an offer of the other side as if nothing were held (versatica/JsSIP#977).
 */
import { UA, WebSocketInterface } from "jssip";
import type { RTCSession, RTCSessionEventMap } from "jssip/lib/RTCSession";
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
const BUSY = 486;

export function openPhone(login: Schemas["PhoneLogin"], ears: PhoneEars): SipPhone {
  return new Phone(login, ears);
}

class Phone implements SipPhone {
  private readonly ua: UA;
  private timer: ReturnType<typeof setTimeout> | undefined;

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
      if (REFUSED.includes(event.response?.status_code ?? 0)) ears.refused();
      else this.timer = setTimeout(() => this.ua.register(), TRY_AGAIN);
    });
    this.ua.on("newRTCSession", ({ session, request }: RTCSessionEvent) => {
      if (String(session.direction) !== "incoming") return;
      ears.rung((callEars) => new Call(session, callEars), request.getHeader(CALL_HEADER) ?? null, () =>
        session.terminate({ status_code: BUSY }),
      );
    });
    this.ua.start();
  }

  renew(login: Schemas["PhoneLogin"]): void {
    this.ua.set("authorization_user", login.login);
    this.ua.set("ha1", login.ha1);
    this.ua.register();
  }

  dial(number: string, stream: MediaStream, ears: CallEars): SipCall {
    return new Call(this.ua.call(number, { mediaStream: stream, pcConfig: {} }), ears, stream);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.ua.stop();
  }
}

class Call implements SipCall {
  private readonly session: RTCSession;
  private readonly ears: CallEars;
  private stream: MediaStream | null;
  private wish = { isHeld: false, isMuted: false };

  constructor(session: RTCSession, ears: CallEars, stream: MediaStream | null = null) {
    this.session = session;
    this.ears = ears;
    this.stream = stream;
    if (session.connection) this.listen(session.connection);
    this.hear("peerconnection", ({ peerconnection }) => this.listen(peerconnection));
    this.hear("confirmed", () => this.ears.answered());
    this.hear("ended", () => this.end());
    this.hear("failed", () => this.end());
    this.hear("getusermediafailed", () => this.end());
    this.hear("reinvite", (event) => {
      event.callback = () => this.comply(true);
    });
    this.hear("update", (event) => {
      event.callback = () => this.comply(true);
    });
    let gathering: ReturnType<typeof setTimeout> | undefined;
    this.hear("icecandidate", ({ ready }) => (gathering ??= setTimeout(ready, CANDIDATES_FOR)));
  }

  answer(stream: MediaStream): void {
    this.stream = stream;
    this.session.answer({ mediaStream: stream, pcConfig: {} });
  }

  hangUp(): void {
    if (this.session.isEnded()) return;
    this.session.terminate(this.session.isInProgress() && String(this.session.direction) === "incoming" ? { status_code: BUSY } : {});
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
    this.offer(() => this.session.renegotiate({}, () => this.comply()));
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

  /** What is is made what is wished; `isOffered` where the other side's offer was just answered. */
  private comply(isOffered = false): void {
    this.setTrack();
    if (!this.session.isEstablished()) return;
    const isHeld = this.session.isOnHold().local;
    const told = () => {
      this.setTrack();
      this.ears.held(this.wish.isHeld);
    };
    if (isHeld !== this.wish.isHeld) {
      this.offer(() => (this.wish.isHeld ? this.session.hold({}, told) : this.session.unhold({}, told)));
    } else if (isHeld && isOffered) {
      this.renegotiate();
    }
  }

  /** As soon as no other offer is under way. */
  private offer(make: () => boolean): void {
    if (this.session.isEnded() || make()) return;
    setTimeout(() => this.offer(make), OFFER_AGAIN);
  }

  private setTrack(): void {
    const track = this.sender()?.track;
    if (track) track.enabled = !this.wish.isHeld && !this.wish.isMuted;
  }

  private sender(): RTCRtpSender | undefined {
    const connection = this.session.connection as RTCPeerConnection | undefined;
    return connection?.getSenders().find((sender) => sender.track?.kind === "audio");
  }

  private end(): void {
    this.stopStream();
    this.ears.gone();
  }

  private stopStream(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
  }
}
