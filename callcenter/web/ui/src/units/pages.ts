/** The page of units. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/units/:id(\\d{1,15})?",
    name: "units",
    title: "titles.units",
    right: "see_units",
    isInBar: true,
    barRight: "manage_units",
    load: () => import("./UnitsPage.vue"),
  },
];
