import { describe, expect, it } from "vitest";
import { i18n } from "@/messages";
import "@/messages/pages";
import { homeOf, PAGES, pagesOf } from "./pages";

describe("pages", () => {
  it("have names and paths of their own, and titles", () => {
    for (const key of ["name", "path", "title"] as const) {
      expect(new Set(PAGES.map((page) => page[key])).size).toBe(PAGES.length);
    }
    expect(PAGES.filter((page) => !i18n.global.te(page.title))).toEqual([]);
  });

  it("are those whose right the user has", () => {
    expect(pagesOf({ role: "agent", rights: [] }).filter((page) => page.right !== null)).toEqual([]);
    expect(pagesOf({ role: "agent", rights: ["see_board"] }).map((page) => page.name)).toContain("wallboard");
  });

  it("begin with the one of the role, else with the first that may be opened", () => {
    expect(homeOf({ role: "supervisor", rights: ["see_board"] })?.name).toBe("wallboard");
    expect(homeOf({ role: "agent", rights: ["see_board"] })?.isInBar).toBe(true);
    expect(homeOf({ role: "agent", rights: [] })).toBeNull();
  });
});
