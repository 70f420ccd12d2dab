import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveFeed } from "./feed";

/** A socket of which the test is the other end. */
class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  isClosed = false;
  readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  close(): void {
    this.isClosed = true;
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const STEADY = 10_000;
const snapshot = (sequence: number, document: object, board = "b1") => ({
  type: "snapshot",
  board,
  sequence,
  document,
});
const delta = (sequence: number, value: number, board = "b1") => ({
  type: "delta",
  board,
  sequence,
  changes: [{ op: "replace", path: "/waiting", value }],
});

describe("a live feed", () => {
  let sockets: FakeSocket[];
  let refusals: number;
  let feed: LiveFeed<{ waiting: number }>;
  const newest = () => sockets.at(-1) as FakeSocket;

  beforeEach(() => {
    vi.useFakeTimers();
    sockets = [];
    refusals = 0;
    const open = (address: string) => {
      const socket = new FakeSocket(address);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    };
    feed = new LiveFeed("/live", () => refusals++, { open, now: () => performance.now(), random: () => 1 });
    feed.start();
  });
  afterEach(() => vi.useRealTimers());

  const begin = () => {
    newest().onopen?.();
    newest().say(snapshot(4, { waiting: 1 }));
  };

  it("knows nothing and is down until the first message", () => {
    expect(feed.state).toEqual({ document: null, heardAt: null, downSince: expect.any(Number) });
    newest().onopen?.();
    expect(feed.state.downSince).not.toBeNull();
  });

  it("shows the snapshot at once and the changes after it together", () => {
    begin();
    expect(feed.state.document).toEqual({ waiting: 1 });
    newest().say(delta(5, 2));
    newest().say(delta(6, 3));
    expect(feed.state.document).toEqual({ waiting: 1 });
    vi.advanceTimersByTime(100);
    expect(feed.state.document).toEqual({ waiting: 3 });
    expect(sockets).toHaveLength(1);
  });

  it("says when it last heard something", () => {
    begin();
    const first = feed.state.heardAt as number;
    vi.advanceTimersByTime(3_000);
    newest().say(delta(5, 2));
    expect(feed.state.heardAt).toBe(first + 3_000);
  });

  it.each([
    ["a number left out", delta(6, 2)],
    ["a number seen before", delta(4, 2)],
    ["another process", delta(5, 2, "b2")],
    ["a change that does not fit", { ...delta(5, 2), changes: [{ op: "replace", path: "/gone", value: 1 }] }],
  ])("asks for a new snapshot after %s", (_, message) => {
    begin();
    vi.advanceTimersByTime(STEADY);
    newest().say(message);
    expect(sockets.map((socket) => [socket.address, socket.isClosed])).toEqual([
      ["/live", true],
      ["/live", false],
    ]);
    newest().say(snapshot(9, { waiting: 7 }));
    vi.advanceTimersByTime(100);
    expect(feed.state.document).toEqual({ waiting: 7 });
  });

  it("asks a backend whose messages never fit after pauses that grow, and is down meanwhile", () => {
    begin();
    vi.advanceTimersByTime(STEADY);
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      const count = sockets.length;
      const from = performance.now();
      newest().say(delta(99, 2));
      expect(feed.state.downSince).toBe(from);
      while (sockets.length === count) vi.advanceTimersByTime(100);
      pauses.push(performance.now() - from);
      begin();
    }
    expect(pauses).toEqual([0, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(refusals).toBe(0);
  });

  it("goes on from the last message when the backend ended the socket in time", () => {
    begin();
    newest().say(delta(5, 2));
    vi.advanceTimersByTime(600_000);
    newest().onclose?.({ code: 1001 });
    expect(sockets.map((socket) => socket.address)).toEqual(["/live", "/live?after=b1%3A5"]);
    expect(refusals).toBe(0);
    newest().onopen?.();
    expect(feed.state.downSince).toBeNull();
    newest().say(delta(6, 3));
    vi.advanceTimersByTime(100);
    expect(feed.state.document).toEqual({ waiting: 3 });
  });

  it("comes back after pauses that grow, and keeps what it knows meanwhile", () => {
    begin();
    vi.advanceTimersByTime(10_000);
    newest().onclose?.({ code: 1006 });
    const down = feed.state.downSince;
    expect(down).not.toBeNull();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      const count = sockets.length;
      const from = performance.now();
      while (sockets.length === count) vi.advanceTimersByTime(100);
      pauses.push(performance.now() - from);
      newest().onclose?.({ code: 1006 });
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(feed.state).toMatchObject({ document: { waiting: 1 }, downSince: down });
    expect(refusals).toBe(8);
  });

  it("does not try without a pause when the backend sends everybody away at once", () => {
    begin();
    newest().onclose?.({ code: 1001 });
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
  });

  it("comes back at once when it is told to, and from where it was", () => {
    begin();
    newest().onclose?.({ code: 1006 });
    feed.renew();
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(2);
    feed.renew();
    expect(sockets.map((socket) => [socket.address, socket.isClosed])).toEqual([
      ["/live", false],
      ["/live?after=b1%3A4", true],
      ["/live?after=b1%3A4", false],
    ]);
  });

  it("hears nothing more after it was stopped", () => {
    begin();
    const socket = newest();
    feed.stop();
    socket.say(delta(5, 2));
    socket.onclose?.({ code: 1006 });
    vi.advanceTimersByTime(60_000);
    expect(feed.state.document).toEqual({ waiting: 1 });
    expect(sockets).toHaveLength(1);
    expect(socket.isClosed).toBe(true);
  });
});
