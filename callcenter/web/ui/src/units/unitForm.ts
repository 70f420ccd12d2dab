/** What is typed of a unit and of its contacts, checked and as the backend wants it. Pure. */
import type { Schemas } from "@/api/client";

export type Unit = Schemas["UnitView"];
export type Contact = Schemas["ContactView"];

const NAME = { least: 2, most: 60 };
const LONGEST_REGION = 60;
const MOST_REGIONS = 50;
const LONGEST_PERSON = 40;
const MOST_CONTACTS = 30;
const NUMBER = /^[0-9+() -]{3,30}$/;

export interface TypedUnit {
  name: string;
  kind: Schemas["UnitKind"];
  regions: string;
}

export type UnitFaults = Partial<Record<"name" | "regions", string>>;

export function regionsOf(typed: string): string[] {
  return [...new Set(typed.split(/[、,，;；\n]/).map((region) => region.trim()).filter(Boolean))];
}

export function typedOf(unit: Unit | null): TypedUnit {
  return { name: unit?.name ?? "", kind: unit?.kind ?? "branch", regions: (unit?.regions ?? []).join("、") };
}

/** As keys of the messages. */
export function faultsOfUnit(typed: TypedUnit): UnitFaults {
  const faults: UnitFaults = {};
  const { length } = typed.name.trim();
  const regions = regionsOf(typed.regions);
  if (length < NAME.least || length > NAME.most) faults.name = "units.faults.name";
  if (regions.length > MOST_REGIONS || regions.some((region) => region.length > LONGEST_REGION)) {
    faults.regions = "units.faults.regions";
  }
  return faults;
}

export function unitBody(typed: TypedUnit): { name: string; kind: Schemas["UnitKind"]; regions: string[] } {
  return { name: typed.name.trim(), kind: typed.kind, regions: regionsOf(typed.regions) };
}

export interface TypedContact {
  position: string;
  person: string;
  number: string;
  hours: Schemas["ContactHours"];
}

export type ContactFaults = Partial<Record<"position" | "person" | "number", string>>;

/** The first place at which nobody stands. */
export function nextPosition(contacts: readonly Pick<Contact, "position">[]): number {
  const taken = new Set(contacts.map((contact) => contact.position));
  let position = 1;
  while (taken.has(position)) position++;
  return position;
}

/** As keys of the messages. */
export function faultsOfContact(typed: TypedContact): ContactFaults {
  const faults: ContactFaults = {};
  const position = Number(typed.position);
  const { length } = typed.person.trim();
  if (!Number.isInteger(position) || position < 1 || position > MOST_CONTACTS) faults.position = "units.faults.position";
  if (length < 1 || length > LONGEST_PERSON) faults.person = "units.faults.person";
  if (!NUMBER.test(typed.number.trim())) faults.number = "units.faults.number";
  return faults;
}
