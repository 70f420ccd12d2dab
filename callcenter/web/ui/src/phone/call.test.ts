import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallEars, SipCall } from "./sipWords";
import type { Desk } from "./rules";

vi.mock("./sound", () => ({
  hearOther: vi.fn(() => Promise.resolve()),
  moveOther: vi.fn(() => Promise.resolve()),
  microphoneForCall: () => null,
  microphoneLevel: () => 0.1,
}));
const { PhoneCall } = await import("./call");

const KEY = "pbx1/1764000000.7";
const desk = (state: string | null) =>
  ({ is_reading: true, is_blind: false, mediation: null, calls: state === null ? {} : { [KEY]: { state } } }) as unknown as Desk;

describe("a call", () => {
  let ears: CallEars;
  let sip: Record<keyof SipCall, ReturnType<typeof vi.fn>>;
  const onEnd = vi.fn();

  function ringing(key: string | null = KEY) {
    return new PhoneCall(
      "ringing",
      key,
      (given) => {
        ears = given;
        return sip as unknown as SipCall;
      },
      onEnd,
    );
  }

  beforeEach(() => {
    vi.useFakeTimers();
    onEnd.mockClear();
    const names = ["answer", "hangUp", "hold", "mute", "press", "renegotiate", "transferTo", "transferInto"];
    sip = Object.fromEntries([...names, "replaceMicrophone", "countReceived"].map((name) => [name, vi.fn()])) as typeof sip;
  });
  afterEach(() => vi.useRealTimers());

  it("is pending until the PBX has told", () => {
    const call = ringing();
    call.answer();
    call.answer();
    expect([call.state, call.pending, sip.answer.mock.calls.length]).toEqual(["ringing", "answer", 1]);
    ears.answered();
    expect([call.state, call.pending]).toEqual(["talking", null]);
  });

  it("says after 5 seconds that nothing came of it", () => {
    const call = ringing();
    ears.answered();
    call.toggleHold();
    vi.advanceTimersByTime(4_999);
    expect([call.pending, call.failed]).toEqual(["hold", null]);
    vi.advanceTimersByTime(1);
    expect([call.state, call.pending, call.failed]).toEqual(["talking", null, "hold"]);
    ears.held(true);
    expect(call.state).toBe("held");
  });

  it("is over 1 second after the backend has said so, though the PBX told the page nothing", () => {
    const call = ringing();
    call.hear(desk("ringing"));
    ears.answered();
    call.hear(desk("talking"));
    call.hear(desk("ended"));
    vi.advanceTimersByTime(999);
    expect([call.state, onEnd.mock.calls.length]).toEqual(["talking", 0]);
    vi.advanceTimersByTime(1);
    expect([call.state, sip.hangUp.mock.calls.length, onEnd.mock.calls.length]).toEqual(["ended", 1, 1]);
    ears.gone(false);
    expect(onEnd).toHaveBeenCalledOnce();
  });

  it("was lost only if it was up", () => {
    ringing();
    ears.gone(true);
    ringing();
    ears.answered();
    ears.gone(true);
    expect(onEnd.mock.calls).toEqual([[false], [true]]);
  });

  it("is not over because the caller was away for an instant, as when a call is brought back", () => {
    const call = ringing();
    call.hear(desk("talking"));
    call.hear(desk("ended"));
    vi.advanceTimersByTime(500);
    call.hear(desk("talking"));
    vi.advanceTimersByTime(5_000);
    expect([call.state, sip.hangUp.mock.calls.length]).toEqual(["ringing", 0]);
  });

  it("stops ringing for a caller who was taken elsewhere", () => {
    const call = ringing();
    call.hear(desk("ringing"));
    call.hear(desk(null));
    vi.advanceTimersByTime(1_000);
    expect([call.state, onEnd.mock.calls.length]).toEqual(["ended", 1]);
  });

  it("goes on where the desk has heard of another call alone, as one that came while the backend was away", () => {
    const call = ringing();
    ears.answered();
    const before = { ...desk("talking") } as Desk;
    before.calls = { "pbx1/1764000000.1": { state: "talking" } as Desk["calls"][string] };
    call.hear(before);
    call.hear(desk(null));
    vi.advanceTimersByTime(5_000);
    expect([call.state, onEnd.mock.calls.length]).toEqual(["talking", 0]);
  });

  it("tells its wish to mute once each time, and nothing else changes it", () => {
    const call = ringing();
    call.toggleMute();
    expect(call.isMuted).toBe(false);
    ears.answered();
    call.toggleMute();
    ears.held(true);
    ears.held(false);
    call.renegotiate();
    expect([call.isMuted, sip.mute.mock.calls]).toEqual([true, [[true]]]);
  });

  it("waits on hold while a colleague is asked, and is taken back", () => {
    const call = ringing();
    ears.answered();
    call.consult();
    ears.held(true);
    expect(call.state).toBe("consulting");
    call.takeBack();
    ears.held(false);
    expect([call.state, sip.hold.mock.calls]).toEqual(["talking", [[true], [false]]]);
  });

  it("that could not be transferred is still the agent's", () => {
    const call = ringing();
    ears.answered();
    call.transferTo("1002");
    expect(call.pending).toBe("transfer");
    sip.transferTo.mock.calls[0]?.[1](false);
    expect([call.state, call.pending, call.failed]).toEqual(["talking", null, "transfer"]);
  });
});
