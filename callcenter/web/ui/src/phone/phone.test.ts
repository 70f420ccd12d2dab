import { flushPromises } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, nextTick, shallowRef } from "vue";
import { setServerTime } from "@/design/clock";
import type { Desk } from "./rules";
import type { CallEars, PhoneEars, SipCall } from "./sipWords";

const parts = vi.hoisted(() => ({
  sip: { ears: null as PhoneEars | null, renew: vi.fn(), dial: vi.fn(), stop: vi.fn() },
  tab: { becomePhone: vi.fn(), stopBeingPhone: vi.fn(), isSomeTabPhone: vi.fn(), whenNoTabIsPhone: vi.fn() },
}));
vi.mock("./sip", () => ({
  openPhone: (_: unknown, ears: PhoneEars) => {
    parts.sip.ears = ears;
    return parts.sip;
  },
}));
vi.mock("./tab", () => parts.tab);
vi.mock("./devices", () => ({ onDevices: () => () => undefined }));
vi.mock("./sound", () => ({
  MicrophoneError: class extends Error {},
  openMicrophone: vi.fn(() => Promise.resolve()),
  isOtherMicrophone: () => true,
  closeMicrophone: vi.fn(),
  microphoneForCall: () => null,
  microphoneLevel: () => 0.1,
  hearOther: vi.fn(() => Promise.resolve()),
}));
const { usePhone } = await import("./phone");

const NOW = Date.UTC(2026, 10, 28, 6);
const HOUR = 3_600_000;
const KEY = "pbx1/1764000000.7";
type Phone = NonNullable<Desk["phone"]>;

const desk = (phone: Partial<Phone> | null, calls: Record<string, string> = {}, more: object = {}) =>
  ({
    ...{ is_reading: true, is_blind: false, dial: null, mediation: null },
    seat: { pbx: "pbx1" },
    phone: phone && { owner: "here", is_registered: true, ...phone },
    calls: Object.fromEntries(Object.entries(calls).map(([key, state]) => [key, { state }])),
    ...more,
  }) as unknown as Desk;

describe("the phone in the page", () => {
  const said = shallowRef<Desk | null>(null);
  let scope = effectScope();
  let answer: [number, unknown];
  let asked: [string, unknown][];
  let phone: ReturnType<typeof usePhone>;

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
    setServerTime(NOW, performance.now(), performance.now());
    sessionStorage.clear();
    setActivePinia(createPinia());
    parts.sip.ears = null;
    for (const mock of [parts.sip.renew, parts.sip.stop, parts.tab.becomePhone, parts.tab.isSomeTabPhone, parts.tab.stopBeingPhone]) mock.mockReset();
    parts.tab.becomePhone.mockResolvedValue(true);
    parts.tab.isSomeTabPhone.mockResolvedValue(false);
    parts.tab.whenNoTabIsPhone.mockReturnValue(new Promise(() => undefined));
    answer = [201, { expires_at: new Date(NOW + HOUR).toISOString() }];
    asked = [];
    vi.stubGlobal("fetch", async (request: Request) => {
      const path = new URL(request.url).pathname.replace("/api/v1", "");
      asked.push([`${request.method} ${path}`, request.body === null ? null : await request.json()]);
      const [status, body] = path === "/phone" ? answer : [202, null];
      return new Response(body === null ? null : JSON.stringify(body), { status });
    });
    said.value = null;
    phone = usePhone();
    scope = effectScope();
    scope.run(() => phone.follow(() => said.value));
  });
  afterEach(() => {
    scope.stop();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const hears = async (now: Desk) => {
    said.value = now;
    await nextTick();
    await flushPromises();
  };

  async function registered(): Promise<PhoneEars> {
    await phone.ask();
    await vi.dynamicImportSettled();
    await flushPromises();
    const ears = parts.sip.ears as unknown as PhoneEars;
    ears.registered();
    return ears;
  }

  function rung(ears: PhoneEars, callId: string | null) {
    const sip = { answer: vi.fn(), hangUp: vi.fn(), countReceived: () => Promise.resolve(0) };
    let callEars: CallEars | null = null;
    const refuse = vi.fn();
    ears.rung(
      (given) => {
        callEars = given;
        return sip as unknown as SipCall;
      },
      callId,
      refuse,
    );
    return { sip, refuse, ears: callEars as unknown as CallEars };
  }

  it("is ready when the PBX says so, never on the library's word", async () => {
    await hears(desk({ owner: "none", is_registered: false }));
    await registered();
    expect(phone.state).toBe("connecting");
    await hears(desk({ is_registered: false }));
    expect(phone.state).toBe("connecting");
    await hears(desk({}));
    expect(phone.state).toBe("ready");
    await hears(desk({ is_registered: null }));
    expect(phone.state).toBe("connecting");
  });

  it("is not ready while its own line is down, though the PBX still has it", async () => {
    const ears = await registered();
    await hears(desk({}));
    ears.disconnected();
    expect([phone.state, phone.downSince]).toEqual(["connecting", performance.now()]);
    ears.registered();
    expect([phone.state, phone.downSince]).toEqual(["ready", null]);
  });

  it("was taken elsewhere, and says so", async () => {
    await registered();
    await hears(desk({}));
    await hears(desk({ owner: "elsewhere" }));
    expect([phone.state, phone.elsewhere, parts.sip.stop.mock.calls.length]).toEqual(["elsewhere", "browser", 1]);
    await hears(desk({ owner: "none" }));
    expect(phone.state).toBe("off");
  });

  it("is in another tab of this browser, and nobody's once that is closed", async () => {
    let close: (now?: undefined) => void = () => undefined;
    parts.tab.becomePhone.mockResolvedValue(false);
    parts.tab.whenNoTabIsPhone.mockReturnValue(new Promise<undefined>((resolve) => (close = resolve)));
    await phone.ask();
    expect([phone.state, phone.elsewhere, asked]).toEqual(["elsewhere", "tab", []]);
    close();
    await flushPromises();
    expect(phone.state).toBe("off");
  });

  it.each([
    ["device_taken", ["elsewhere", "browser", null]],
    ["no_browser_phone", ["failed", "browser", { code: "no_browser_phone" }]],
  ])("says where it is, or why it cannot be had: %s", async (code, expected) => {
    answer = [409, { code, params: {}, detail: "-" }];
    await phone.ask();
    await flushPromises();
    expect([phone.state, phone.elsewhere, phone.failure]).toMatchObject(expected);
  });

  it("of a page that was loaded anew asks its call back, and answers it by itself", async () => {
    phone.passCheck();
    await hears(desk({}, { [KEY]: "talking" }));
    await vi.dynamicImportSettled();
    await flushPromises();
    expect(phone.state).toBe("connecting");
    const ears = parts.sip.ears as unknown as PhoneEars;
    ears.registered();
    await flushPromises();
    expect(asked.at(-1)).toEqual(["POST /phone/reattach", { call: KEY }]);
    const { sip } = rung(ears, "1764000000.7");
    expect(sip.answer).toHaveBeenCalledOnce();
  });

  it("does not answer by itself what rings for the first time, and refuses a second call", async () => {
    const ears = await registered();
    await hears(desk({}));
    const first = rung(ears, "1764000000.7");
    const second = rung(ears, "1764000000.8");
    expect([first.sip.answer.mock.calls.length, phone.call?.key, second.refuse.mock.calls.length]).toEqual([0, KEY, 1]);
    first.ears.gone(false);
    expect(phone.call).toBe(null);
  });

  it("answers by itself what rings for the agent's own dial, though the backend tells why a moment later", async () => {
    const ears = await registered();
    await hears(desk({}));
    const { sip } = rung(ears, "1764000000.7");
    expect(sip.answer).not.toHaveBeenCalled();
    await hears(desk({}, {}, { dial: { call: KEY } }));
    expect(sip.answer).toHaveBeenCalledOnce();
  });

  it.each([true, false])("answers by itself a caller who comes again, if the call was lost: %s", async (isLost) => {
    const ears = await registered();
    await hears(desk({}));
    const { ears: call } = rung(ears, "1764000000.7");
    call.answered();
    call.gone(isLost);
    expect(rung(ears, "1764000000.7").sip.answer.mock.calls.length).toBe(isLost ? 1 : 0);
  });

  it("gives up what is left of a call that the PBX brings back before the page has missed it", async () => {
    const ears = await registered();
    await hears(desk({}));
    const { ears: call, sip: left } = rung(ears, "1764000000.7");
    call.answered();
    const again = rung(ears, "1764000000.7");
    expect([left.hangUp.mock.calls.length, again.sip.answer.mock.calls.length, again.refuse.mock.calls.length]).toEqual([1, 1, 0]);
  });

  it("goes on to the end of a call whose agent has signed off", async () => {
    const ears = await registered();
    await hears(desk({}));
    const { ears: call } = rung(ears, "1764000000.7");
    call.answered();
    await hears(desk(null, {}, { seat: null, is_blind: true }));
    expect(phone.state).toBe("ready");
    call.gone(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(phone.state).toBe("off");
  });

  it("has a new login after half of its time, in a call only before it ends", async () => {
    const ears = await registered();
    await hears(desk({}));
    const { ears: call } = rung(ears, "1764000000.7");
    call.answered();
    await vi.advanceTimersByTimeAsync(HOUR / 2 + 1_000);
    expect(parts.sip.renew).not.toHaveBeenCalled();
    call.gone(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(parts.sip.renew).toHaveBeenCalledOnce();
    answer = [201, { expires_at: new Date(NOW + (3 * HOUR) / 2).toISOString() }];
    rung(ears, "1764000000.8").ears.answered();
    await vi.advanceTimersByTimeAsync(0.95 * HOUR);
    expect(parts.sip.renew.mock.calls.length).toBeGreaterThan(1);
  });

  it("has another login at once where the PBX takes the old one no more, and says so where that does not help", async () => {
    const ears = await registered();
    await hears(desk({}));
    await vi.advanceTimersByTimeAsync(10_000);
    ears.refused();
    await flushPromises();
    expect([phone.state, parts.sip.renew.mock.calls.length]).toEqual(["connecting", 1]);
    ears.registered();
    expect(phone.state).toBe("ready");
    ears.refused();
    await vi.advanceTimersByTimeAsync(11_000);
    expect([phone.state, phone.failure]).toEqual(["failed", "login_over"]);
  });

  it("has another login where the backend says that it is nobody's, as after another password", async () => {
    await registered();
    await hears(desk({}));
    await vi.advanceTimersByTimeAsync(10_000);
    await hears(desk({ owner: "none" }));
    expect([phone.state, parts.sip.renew.mock.calls.length]).toEqual(["ready", 1]);
  });

  it("never hangs up on a caller because of its login", async () => {
    const ears = await registered();
    await hears(desk({}));
    const { ears: call, sip } = rung(ears, "1764000000.7");
    call.answered();
    answer = [409, { code: "no_browser_phone", params: {}, detail: "-" }];
    await vi.advanceTimersByTimeAsync(10_000);
    ears.refused();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([phone.hasCall, sip.hangUp.mock.calls.length, parts.sip.stop.mock.calls.length]).toEqual([true, 0, 0]);
    call.gone(false);
    await vi.advanceTimersByTimeAsync(11_000);
    expect([phone.state, phone.failure]).toEqual(["failed", "login_over"]);
  });

  it("ends with the frame of the pages: nobody is the phone of who has signed out", async () => {
    phone.passCheck();
    await registered();
    await hears(desk({}));
    scope.stop();
    expect([phone.state, parts.sip.stop.mock.calls.length, parts.tab.stopBeingPhone.mock.calls.length]).toEqual(["off", 1, 1]);
    sessionStorage.clear();
    scope = effectScope();
    scope.run(() => phone.follow(() => null));
    expect(phone.isChecked).toBe(false);
  });

  it("that the agent turned off stays off", async () => {
    await registered();
    await hears(desk({}));
    answer = [204, null];
    await phone.giveBack();
    await hears(desk({}));
    expect([phone.state, asked.at(-1)]).toEqual(["off", ["DELETE /phone", null]]);
  });
});
