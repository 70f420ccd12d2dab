import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import { i18n } from "@/messages";
import "@/messages/pages";
import type { Page } from "@/session/page";
import type { Right } from "@/session/session";
import { barOf, barParts, homeOf, isSection, PAGES, pagesOf } from "./pages";

describe("pages", () => {
  it("have names and paths of their own, and titles", () => {
    for (const key of ["name", "path", "title"] as const) {
      expect(new Set(PAGES.map((page) => page[key])).size).toBe(PAGES.length);
    }
    expect(PAGES.filter((page) => !i18n.global.te(page.title))).toEqual([]);
  });

  it("are those whose right the user has", () => {
    expect(pagesOf({ role: "agent", rights: [], duties: [] }).filter((page) => page.right !== null)).toEqual([]);
    expect(pagesOf({ role: "agent", rights: ["see_board"], duties: [] }).map((page) => page.name)).toContain("wallboard");
  });

  it("that some keep and all read stand in the top bar of those who keep them", () => {
    const reading: Right[] = ["see_codes", "see_units"];
    const names = (pages: readonly Page[]) => pages.filter((page) => page.right !== null).map((page) => page.name);
    expect(names(pagesOf({ role: "agent", rights: reading, duties: [] }))).toEqual(["units", "codes"]);
    expect(names(barOf({ role: "agent", rights: reading, duties: [] }))).toEqual([]);
    expect(names(barOf({ role: "supervisor", rights: [...reading, "manage_codes"], duties: [] }))).toEqual(["codes"]);
  });

  it("that a duty needs stands in the top bar of those who have it", () => {
    const names = (duties: Schemas["Duty"][]) => barOf({ role: "supervisor", rights: ["unmask_numbers"], duties }).map((page) => page.name);
    expect([names(["legal"]), names(["legal", "privacy"])].map((found) => found.includes("personRequests"))).toEqual([false, true]);
  });

  it.each([
    ["screen", []],
    ["officer", ["tickets", "cases", "dispatch", "inspections", "contacts"]],
    ["agent", ["desk", "wallboard", "callbacks", "calls", "tickets"]],
    ["supervisor", ["wallboard", "callbacks", "calls", "tickets", "dispatch"]],
    ["director", ["wallboard", "callbacks", "tickets", "cases", "dispatch"]],
    ["admin", ["wallboard", "callbacks", "calls", "tickets", "dispatch"]],
  ] as const)("of the top bar: a %s has those of daily use in sight and all others in the menu", (role, daily) => {
    const rights = PAGES.flatMap((page) => [page.right, page.barRight ?? null]).filter((right) => right !== null);
    const duties: Schemas["Duty"][] = ["privacy"];
    const parts = barParts({ role, rights, duties });
    expect(parts.daily.map((page) => page.name)).toEqual(daily);
    expect(PAGES.filter((page) => parts.daily.includes(page) !== parts.others.includes(page))).toEqual(barOf({ role, rights, duties }));
  });

  it.each([
    ["/calls", "calls"],
    ["/calls/pbx1/pbx1-1.0", "calls"],
    ["/callbacks/day/2026-11-29", "callbacks"],
    ["/cases/7", "cases"],
    ["/inspections/new", "inspections"],
    ["/imports/7", "imports"],
    ["/reconciliations/2026-11-23", "reconciliations"],
    ["/units/1", "units"],
    ["/statistics/casework", "metrics"],
    ["/mediations/1", undefined],
  ])("of the top bar: %s lies in the section %s", (address, name) => {
    const inBar = PAGES.filter((page) => page.isInBar && isSection(page, address));
    expect(inBar.map((page) => page.name)).toEqual(name === undefined ? [] : [name]);
  });

  it("begin with the one of the role, else with the first that may be opened", () => {
    expect(homeOf({ role: "supervisor", rights: ["see_board"], duties: [] })?.name).toBe("wallboard");
    expect(homeOf({ role: "agent", rights: ["see_board"], duties: [] })?.isInBar).toBe(true);
    expect(homeOf({ role: "agent", rights: [], duties: [] })).toBeNull();
    expect(homeOf({ role: "director", rights: ["see_calls", "see_board"], duties: [] })?.name).toBe("wallboard");
    expect(homeOf({ role: "officer", rights: ["see_codes"], duties: [] })).toBeNull();
    expect(homeOf({ role: "officer", rights: ["see_codes", "see_tickets"], duties: [] })?.name).toBe("tickets");
  });
});
