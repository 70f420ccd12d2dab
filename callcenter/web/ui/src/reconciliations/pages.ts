/** The page of comparisons with the national platform. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/reconciliations/:day(\\d{4}-\\d{2}-\\d{2})?",
    name: "reconciliations",
    title: "titles.reconciliations",
    right: "see_audit",
    isInBar: true,
    barRight: "import_tickets",
    load: () => import("./ReconciliationsPage.vue"),
  },
];
