/** The page of codes. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/codes",
    name: "codes",
    title: "titles.codes",
    right: "see_codes",
    isInBar: true,
    barRight: "manage_codes",
    load: () => import("./CodesPage.vue"),
  },
];
