/** At which devices somebody can sit down. Pure. */
import type { Schemas } from "@/api/client";

export type Device = Schemas["DeviceView"];

export const keyOf = (device: Device) => `${device.pbx}/${device.name}`;

export function isFree(device: Device, user: string): boolean {
  return device.taken_by === null || device.taken_by === user;
}

/**
 * What is offered: of the seats in browsers one for each PBX, because they are all alike, the one that was used `before`
 * if it is free; then the desk phones, those first that are plugged in and free.
 */
export function seatsToOffer(devices: readonly Device[], user: string, before: string | null): Device[] {
  const browsers = new Map<string, Device>();
  for (const device of devices.filter((one) => one.kind === "browser" && isFree(one, user)).sort(byName)) {
    if (!browsers.has(device.pbx) || keyOf(device) === before || device.taken_by === user) browsers.set(device.pbx, device);
  }
  const rank = (device: Device) => (isFree(device, user) ? 0 : 2) + (device.is_registered ? 0 : 1);
  const desks = devices.filter((one) => one.kind === "desk").sort((one, other) => rank(one) - rank(other) || byName(one, other));
  return [...browsers.values(), ...desks];
}

function byName(one: Device, other: Device): number {
  return one.name.localeCompare(other.name, "en", { numeric: true });
}

/**
 * Which of them is chosen: the one that was `chosen` while it is free; of seats in browsers another will do. At first the
 * one of the last time, or one that can be rung.
 */
export function choiceAmong(
  offered: readonly Device[],
  user: string,
  { chosen, before }: { chosen: Device | null; before: string | null },
): Device | null {
  const free = offered.filter((one) => isFree(one, user));
  const isLike = (one: Device) => one.kind === "browser" && chosen?.kind === "browser" && one.pbx === chosen.pbx;
  return (
    free.find((one) => chosen !== null && keyOf(one) === keyOf(chosen)) ??
    free.find(isLike) ??
    free.find((one) => keyOf(one) === before) ??
    free.find((one) => one.kind === "browser" || one.is_registered) ??
    null
  );
}
