import { flushPromises } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { effectScope } from "vue";

vi.mock("./sip", () => ({ openPhone: () => ({ stop: () => undefined }) }));
vi.mock("./tab", () => ({ becomePhone: () => Promise.resolve(true), stopBeingPhone: () => undefined }));
vi.mock("./devices", () => ({ onDevices: () => () => undefined }));
vi.mock("./sound", () => ({ MicrophoneError: Error, openMicrophone: () => Promise.resolve(), closeMicrophone: () => undefined }));
const { usePhone } = await import("./phone");

const AGAIN = 3_000;
let answers: [number, object][];
let asked: number;
let scope: ReturnType<typeof effectScope>;
let phone: ReturnType<typeof usePhone>;

beforeEach(() => {
  vi.useFakeTimers();
  setActivePinia(createPinia());
  asked = 0;
  vi.stubGlobal("fetch", () => {
    const [status, body] = answers[Math.min(asked, answers.length - 1)] ?? [500, {}];
    asked += 1;
    return Promise.resolve(Response.json(body, { status }));
  });
  phone = usePhone();
  scope = effectScope();
  scope.run(() => phone.follow(() => null));
});
afterEach(() => {
  scope.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function later(): Promise<[string, number]> {
  await vi.advanceTimersByTimeAsync(AGAIN);
  await vi.dynamicImportSettled();
  await flushPromises();
  return [phone.state, asked];
}

const OUTAGE: [number, object] = [503, { code: "database_unavailable", params: {}, detail: "" }];

it("the phone is had again by itself once an outage is over", async () => {
  answers = [OUTAGE, OUTAGE, [201, { expires_at: "2126-11-28T07:00:00Z" }]];
  await phone.ask();
  expect([phone.state, asked]).toEqual(["failed", 1]);
  expect([await later(), await later()]).toEqual([
    ["failed", 2],
    ["connecting", 3],
  ]);
});

it("a phone that is refused is not asked for again", async () => {
  answers = [[409, { code: "no_browser_phone", params: {}, detail: "" }]];
  await phone.ask();
  expect(await later()).toEqual(["failed", 1]);
});

it("a phone that is given up meanwhile is not asked for again", async () => {
  answers = [OUTAGE];
  await phone.ask();
  scope.stop();
  expect(await later()).toEqual(["off", 1]);
});
