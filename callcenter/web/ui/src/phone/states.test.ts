import { describe, expect, it } from "vitest";
import {
  isHere,
  isUp,
  nextCall,
  nextPhone,
  type CallEvent,
  type CallState,
  type PhoneEvent,
  type PhoneState,
} from "./states";

const PHONE: [PhoneState, Partial<Record<PhoneEvent, PhoneState>>][] = [
  ["off", { ask: "asking", found_elsewhere: "elsewhere" }],
  ["asking", { granted: "connecting", refused: "failed", found_elsewhere: "elsewhere", given_back: "off" }],
  ["connecting", { registered: "ready", refused: "failed", found_elsewhere: "elsewhere", given_back: "off" }],
  ["ready", { unregistered: "connecting", refused: "failed", found_elsewhere: "elsewhere", given_back: "off" }],
  ["elsewhere", { ask: "asking", given_back: "off" }],
  ["failed", { ask: "asking", found_elsewhere: "elsewhere", given_back: "off" }],
];
const PHONE_EVENTS: PhoneEvent[] = [
  "ask",
  "granted",
  "refused",
  "found_elsewhere",
  "registered",
  "unregistered",
  "given_back",
];
const CALL: [CallState, Partial<Record<CallEvent, CallState>>][] = [
  ["ringing", { answered: "talking", gone: "ended" }],
  ["dialling", { answered: "talking", gone: "ended" }],
  ["talking", { held: "held", consulted: "consulting", gone: "ended" }],
  ["held", { taken_back: "talking", consulted: "consulting", gone: "ended" }],
  ["consulting", { taken_back: "talking", gone: "ended" }],
  ["ended", {}],
];
const CALL_EVENTS: CallEvent[] = ["answered", "held", "taken_back", "consulted", "gone"];

const after = (state: PhoneState, ...events: PhoneEvent[]) => events.reduce(nextPhone, state);

describe("the phone", () => {
  it.each(PHONE)("goes on from %s by its own events, and by no other", (state, wanted) => {
    const found = Object.fromEntries(PHONE_EVENTS.map((event) => [event, nextPhone(state, event)]));
    expect(found).toEqual(Object.fromEntries(PHONE_EVENTS.map((event) => [event, wanted[event] ?? state])));
  });

  it.each<[string, PhoneState, PhoneEvent[]]>([
    ["is ready only when the PBX has said so", "connecting", ["ask", "granted"]],
    ["is ready when it has", "ready", ["ask", "granted", "registered"]],
    ["is not ready by an old word of the PBX", "asking", ["ask", "registered"]],
    ["comes back after a loss", "ready", ["ask", "granted", "registered", "unregistered", "registered"]],
    ["that was taken elsewhere is not ready again by itself", "elsewhere", ["ask", "granted", "found_elsewhere", "registered"]],
    ["can be taken back", "asking", ["found_elsewhere", "ask"]],
    ["is off after sign-off, whatever comes late", "off", ["ask", "granted", "given_back", "registered", "refused"]],
  ])("%s", (_, state, events) => {
    expect(after("off", ...events)).toBe(state);
  });

  it("is here from the question on", () => {
    expect(PHONE.map(([state]) => state).filter(isHere)).toEqual(["asking", "connecting", "ready"]);
  });
});

describe("a call", () => {
  it.each(CALL)("goes on from %s by its own events, and by no other", (state, wanted) => {
    const found = Object.fromEntries(CALL_EVENTS.map((event) => [event, nextCall(state, event)]));
    expect(found).toEqual(Object.fromEntries(CALL_EVENTS.map((event) => [event, wanted[event] ?? state])));
  });

  it("that has ended stays so", () => {
    expect(CALL_EVENTS.map((event) => nextCall("ended", event))).toEqual(CALL_EVENTS.map(() => "ended"));
  });

  it("has sound while it is up", () => {
    expect(CALL.map(([state]) => state).filter(isUp)).toEqual(["talking", "held", "consulting"]);
  });
});
