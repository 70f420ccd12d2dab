/** Which microphone, headset and ringer are chosen in this browser, and which of them are there. */
import { readonly, shallowReactive } from "vue";

export type Role = "microphone" | "headset" | "ringer";

export interface Device {
  id: string;
  label: string;
}

/** What the browser takes where nothing is chosen, or what was chosen is away. */
export const DEFAULT = "default";

const KEY = "phone-devices";
const KIND_OF: Readonly<Record<Role, MediaDeviceKind>> = {
  microphone: "audioinput",
  headset: "audiooutput",
  ringer: "audiooutput",
};

interface Devices {
  present: Readonly<Record<Role, readonly Device[]>>;
  chosen: Readonly<Record<Role, Device>>;
}

const ANY: Device = { id: DEFAULT, label: "" };
const NOTHING = { microphone: [], headset: [], ringer: [] };
const shown = shallowReactive<Devices>({ present: NOTHING, chosen: read() });

export const devices = readonly(shown) as Readonly<Devices>;

function read(): Devices["chosen"] {
  const any = { microphone: ANY, headset: ANY, ringer: ANY };
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...any, ...(kept as Partial<Devices["chosen"]>) };
  } catch (error) {
    if (error instanceof SyntaxError) return any;
    throw error;
  }
}

export function choose(role: Role, device: Device): void {
  shown.chosen = { ...shown.chosen, [role]: device };
  localStorage.setItem(KEY, JSON.stringify(shown.chosen));
}

/** What is used: the chosen one, or while that is away what the browser takes. Pure. */
export function deviceInUse(chosen: Device, present: readonly Device[]): Device {
  return (
    present.find((device) => device.id === chosen.id) ??
    // ids change with the rights of a page, names do not
    present.find((device) => chosen.label !== "" && device.label === chosen.label) ??
    present.find((device) => device.id === DEFAULT) ??
    present[0] ??
    ANY
  );
}

/** Whether another is used than the one that was chosen. Pure. */
export function isAway(chosen: Device, present: readonly Device[]): boolean {
  return chosen.id !== DEFAULT && present.length > 0 && deviceInUse(chosen, present).label !== chosen.label;
}

export const inUse = (role: Role): Device => deviceInUse(shown.chosen[role], shown.present[role]);

/** Reads anew what is plugged in. Names are known once the microphone was allowed. */
export async function lookForDevices(): Promise<void> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: MediaDeviceKind) =>
    all.filter((one) => one.kind === kind && one.deviceId !== "").map((one) => ({ id: one.deviceId, label: one.label }));
  shown.present = {
    microphone: of(KIND_OF.microphone),
    headset: of(KIND_OF.headset),
    ringer: of(KIND_OF.ringer),
  };
}

/** Told after something was plugged in or out. */
export function onDevices(listener: () => void): () => void {
  const changed = () => void lookForDevices().then(listener);
  navigator.mediaDevices.addEventListener("devicechange", changed);
  return () => navigator.mediaDevices.removeEventListener("devicechange", changed);
}
