/** The page of imports: files that were uploaded, and each row of the one that is open. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/imports/:id(\\d{1,15})?",
    name: "imports",
    title: "titles.imports",
    right: "import_tickets",
    isInBar: true,
    load: () => import("./ImportsPage.vue"),
  },
];
