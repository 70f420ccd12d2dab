/** The pages of the callback desk: the list, one caller, the sheet of a day. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/callbacks/:id(\\d+)?",
    name: "callbacks",
    title: "titles.callbacks",
    right: "see_callbacks",
    isInBar: true,
    load: () => import("./CallbackDeskPage.vue"),
  },
  {
    path: "/callbacks/day/:day(\\d{4}-\\d{2}-\\d{2})",
    name: "day-sheet",
    title: "titles.daySheet",
    right: "see_audit",
    isInBar: false,
    load: () => import("./DaySheetPage.vue"),
  },
];
