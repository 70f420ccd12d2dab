/** The page on which a person's request for what is held of them is answered. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/person-requests",
    name: "personRequests",
    title: "titles.personRequests",
    right: "unmask_numbers",
    isInBar: true,
    barDuty: "privacy",
    load: () => import("./PersonRequestPage.vue"),
  },
];
