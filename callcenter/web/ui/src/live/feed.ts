/**
 * One stream of the backend: a snapshot, then numbered changes to it, over a WebSocket that comes back by itself.
 *
 * The backend ends a socket after ten minutes; the next one asks for what came after the last message. Whatever does not
 * fit (a number left out, another process, a change that cannot be applied) is answered by a new snapshot.
 */
import { readonly, shallowReactive } from "vue";
import { applied, PatchError, type Change } from "./patch";

type Message<T> =
  | { type: "snapshot"; board: string | null; sequence: number | null; document: T }
  | { type: "delta"; board: string; sequence: number; changes: Change[] };

export interface FeedState<T> {
  /** What the backend last said; null before it said anything. */
  document: T | null;
  /** When the last message came, in milliseconds of the page's own clock that never jumps; null before the first. */
  heardAt: number | null;
  /** Since when there is no connection, by the same clock; null while there is one. */
  downSince: number | null;
}

/** What the feed needs of the browser; tests give their own. */
export interface Surroundings {
  open: (address: string) => WebSocket;
  /** Milliseconds; never goes back. */
  now: () => number;
  /** 0 to 1, so that not all pages come back at once. */
  random: () => number;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** Changes are shown together at this pace: what queued up while the page was frozen does not play by. */
const PAINT_PAUSE = 100;
/** A socket that opened for less than this is none. */
const STEADY_AFTER = 5_000;
const GOING_AWAY = 1001;

const BROWSER: Surroundings = {
  open: (address) => new WebSocket(address),
  now: () => performance.now(),
  random: () => Math.random(),
};

export class LiveFeed<T> {
  readonly state: Readonly<FeedState<T>>;
  private readonly path: string;
  private readonly onRefused: () => void;
  private readonly around: Surroundings;
  private readonly shown: FeedState<T>;
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private painting: ReturnType<typeof setTimeout> | undefined;
  private document: T | null = null;
  private last: { board: string; sequence: number } | null = null;
  private failures = 0;
  private openedAt: number | null = null;
  private isStopped = true;

  /** `onRefused` is told when a connection could not be made or was lost, so that somebody asks who is signed in. */
  constructor(path: string, onRefused: () => void = () => undefined, around: Surroundings = BROWSER) {
    this.path = path;
    this.onRefused = onRefused;
    this.around = around;
    this.shown = shallowReactive<FeedState<T>>({ document: null, heardAt: null, downSince: around.now() });
    this.state = readonly(this.shown) as Readonly<FeedState<T>>;
  }

  start(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    this.connect();
  }

  /** For good, or until `start`; what is known stays. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.painting);
    this.painting = undefined;
    this.drop();
  }

  /** A new connection at once: the machine woke up, or the network is back. The old one may be dead unnoticed. */
  renew(): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.drop();
    this.connect();
  }

  private connect(): void {
    const after = this.last === null ? "" : `?after=${encodeURIComponent(`${this.last.board}:${this.last.sequence}`)}`;
    this.openedAt = null;
    const socket = this.around.open(this.path + after);
    this.socket = socket;
    socket.onopen = () => {
      this.openedAt = this.around.now();
      // with `after` there may be nothing to tell: the connection itself says that what is shown is true
      if (this.last !== null) this.heard();
    };
    socket.onmessage = (event) => {
      if (socket === this.socket) this.take(JSON.parse(String(event.data)) as Message<T>);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.comeBack(event.code);
    };
  }

  private take(message: Message<T>): void {
    if (message.type === "snapshot") {
      this.document = message.document;
      this.last =
        message.board === null || message.sequence === null
          ? null
          : { board: message.board, sequence: message.sequence };
    } else {
      if (
        this.document === null ||
        this.last?.board !== message.board ||
        message.sequence !== this.last.sequence + 1
      ) {
        this.startOver();
        return;
      }
      try {
        this.document = applied(this.document, message.changes);
      } catch (error) {
        if (!(error instanceof PatchError)) throw error;
        this.startOver();
        return;
      }
      this.last = { board: message.board, sequence: message.sequence };
    }
    this.heard();
    if (this.shown.document === null) this.paint();
    else this.painting ??= setTimeout(() => this.paint(), PAINT_PAUSE);
  }

  private heard(): void {
    this.shown.heardAt = this.around.now();
    this.shown.downSince = null;
  }

  private paint(): void {
    this.painting = undefined;
    this.shown.document = this.document;
  }

  /** For a new snapshot. A backend whose messages never fit is not asked without a pause. */
  private startOver(): void {
    this.last = null;
    this.drop();
    if (this.endConnection()) this.connect();
    else this.connectLater();
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private comeBack(code: number): void {
    this.socket = null;
    const wasSteady = this.endConnection();
    if (code === GOING_AWAY && wasSteady) {
      this.connect();
      return;
    }
    this.onRefused();
    this.connectLater();
  }

  /** Whether there was a connection that lasted; one that did not is a failure more. */
  private endConnection(): boolean {
    this.shown.downSince ??= this.around.now();
    const wasSteady = this.openedAt !== null && this.around.now() - this.openedAt >= STEADY_AFTER;
    this.failures = wasSteady ? 0 : this.failures + 1;
    return wasSteady;
  }

  private connectLater(): void {
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.failures, 10));
    this.timer = setTimeout(() => this.connect(), longest * (0.5 + this.around.random() / 2));
  }
}
