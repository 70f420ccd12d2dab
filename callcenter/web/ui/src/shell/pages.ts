/** All pages, in the order of the top bar, and where each role begins. */
import type { Schemas } from "@/api/client";
import { pages as broadcasts } from "@/broadcasts/pages";
import { pages as callbacks } from "@/callbacks/pages";
import { pages as calls } from "@/calls/pages";
import { pages as cases } from "@/cases/pages";
import { pages as codes } from "@/codes/pages";
import { pages as contacts } from "@/contacts/pages";
import { pages as desk } from "@/desk/pages";
import { pages as dispatch } from "@/dispatch/pages";
import { pages as imports } from "@/imports/pages";
import { pages as inspections } from "@/inspections/pages";
import { pages as mediation } from "@/mediation/pages";
import { pages as metrics } from "@/metrics/pages";
import { pages as personRequests } from "@/person_requests/pages";
import { pages as reconciliations } from "@/reconciliations/pages";
import type { Page } from "@/session/page";
import { pages as tickets } from "@/tickets/pages";
import { pages as units } from "@/units/pages";
import { pages as wallboard } from "@/wallboard/pages";

export const PAGES: readonly Page[] = [
  ...desk,
  ...wallboard,
  ...callbacks,
  ...calls,
  ...tickets,
  ...cases,
  ...dispatch,
  ...inspections,
  ...contacts,
  ...broadcasts,
  ...mediation,
  ...metrics,
  ...imports,
  ...reconciliations,
  ...units,
  ...codes,
  ...personRequests,
];

/** By name; a role whose page is not there begins with the first that it may open. */
const HOMES: Readonly<Record<Schemas["Role"], string>> = {
  screen: "wall",
  officer: "tickets",
  agent: "desk",
  supervisor: "wallboard",
  director: "wallboard",
  admin: "wallboard",
};

/** By name, what a role opens many times a day. */
const DAILY: Readonly<Record<Schemas["Role"], readonly string[]>> = {
  screen: [],
  officer: ["tickets", "cases", "dispatch", "inspections", "contacts"],
  agent: ["desk", "wallboard", "callbacks", "calls", "tickets"],
  supervisor: ["wallboard", "callbacks", "calls", "tickets", "dispatch"],
  director: ["wallboard", "callbacks", "tickets", "cases", "dispatch"],
  admin: ["wallboard", "callbacks", "calls", "tickets", "dispatch"],
};

type User = Pick<Schemas["SessionView"], "role" | "rights" | "duties">;

export function pagesOf(user: User): Page[] {
  return PAGES.filter((page) => page.right === null || user.rights.includes(page.right));
}

/** Those of the top bar. */
export function barOf(user: User): Page[] {
  return pagesOf(user).filter(
    (page) =>
      page.isInBar &&
      (page.barRight === undefined || user.rights.includes(page.barRight)) &&
      (page.barDuty === undefined || user.duties.includes(page.barDuty)),
  );
}

/** The top bar in two parts: what the role opens many times a day, and what stands in a menu beside it. */
export function barParts(user: User): { daily: Page[]; others: Page[] } {
  const pages = barOf(user);
  const isDaily = (page: Page) => DAILY[user.role].includes(page.name);
  return { daily: pages.filter(isDaily), others: pages.filter((page) => !isDaily(page)) };
}

/** Whether an address lies in the same section as the page: the list of calls leads to each call. */
export function isSection(page: Page, address: string): boolean {
  return page.path.split("/")[1] === address.split("/")[1];
}

/** Null for a role without any page. */
export function homeOf(user: User): Page | null {
  const allowed = pagesOf(user);
  return allowed.find((page) => page.name === HOMES[user.role]) ?? barOf(user)[0] ?? null;
}
