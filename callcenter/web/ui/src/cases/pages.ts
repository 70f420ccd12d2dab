/** The page of the flags: matters that must become a case or a signed refusal. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/cases/:id(\\d+)?",
    name: "cases",
    title: "cases.title",
    right: "see_tickets",
    isInBar: true,
    load: () => import("./CasesPage.vue"),
  },
];
