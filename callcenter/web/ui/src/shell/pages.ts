/** All pages, in the order of the top bar, and where each role begins. */
import type { Schemas } from "@/api/client";
import { pages as callbacks } from "@/callbacks/pages";
import { pages as calls } from "@/calls/pages";
import { pages as desk } from "@/desk/pages";
import { pages as mediation } from "@/mediation/pages";
import type { Page } from "@/session/page";
import { pages as wallboard } from "@/wallboard/pages";

export const PAGES: readonly Page[] = [...desk, ...wallboard, ...callbacks, ...calls, ...mediation];

/** By name; a role whose page is not there begins with the first that it may open. */
const HOMES: Readonly<Record<Schemas["Role"], string>> = {
  screen: "wall",
  agent: "desk",
  supervisor: "wallboard",
  admin: "wallboard",
};

type User = Pick<Schemas["SessionView"], "role" | "rights">;

export function pagesOf(user: User): Page[] {
  return PAGES.filter((page) => page.right === null || user.rights.includes(page.right));
}

/** Null for a role without any page. */
export function homeOf(user: User): Page | null {
  const allowed = pagesOf(user);
  return allowed.find((page) => page.name === HOMES[user.role]) ?? allowed.find((page) => page.isInBar) ?? null;
}
