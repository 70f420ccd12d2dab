/** The page of a mediation. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/mediations/:id(\\d+)",
    name: "mediation",
    title: "titles.mediation",
    right: "mediate",
    isInBar: false,
    load: () => import("./MediationPage.vue"),
  },
];
