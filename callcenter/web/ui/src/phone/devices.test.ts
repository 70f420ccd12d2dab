import { describe, expect, it } from "vitest";
import { DEFAULT, deviceInUse, isAway, type Device } from "./devices";

const ANY = { id: DEFAULT, label: "系统默认" };
const JABRA = { id: "j", label: "Jabra" };
const BUILT_IN = { id: "b", label: "Built-in" };

describe("the device in use", () => {
  it.each<[string, Device, Device[], Device, boolean]>([
    ["is the one that was chosen", JABRA, [ANY, JABRA, BUILT_IN], JABRA, false],
    ["is the browser's while the chosen one is unplugged, and the page says so", JABRA, [ANY, BUILT_IN], ANY, true],
    ["is the chosen one again under another id", JABRA, [ANY, { id: "k", label: "Jabra" }], { id: "k", label: "Jabra" }, false],
    ["is the first where the browser names no default", JABRA, [BUILT_IN], BUILT_IN, true],
    ["is the browser's where nothing was chosen", { id: DEFAULT, label: "" }, [ANY, JABRA], ANY, false],
    ["is unknown before the microphone was allowed", JABRA, [], { id: DEFAULT, label: "" }, false],
  ])("%s", (_, chosen, present, used, away) => {
    expect(deviceInUse(chosen, present)).toEqual(used);
    expect(isAway(chosen, present)).toBe(away);
  });
});
