/** The pages of patrols: the list, beginning one, and one patrol, which is worked on with a phone. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/inspections",
    name: "inspections",
    title: "titles.inspections",
    right: "see_tickets",
    isInBar: true,
    load: () => import("./InspectionsPage.vue"),
  },
  {
    path: "/inspections/new",
    name: "new-inspection",
    title: "titles.newInspection",
    right: "handle_tickets",
    isInBar: false,
    load: () => import("./NewInspectionPage.vue"),
  },
  {
    path: "/inspections/:id(\\d{1,15})",
    name: "inspection",
    title: "titles.inspection",
    right: "see_tickets",
    isInBar: false,
    load: () => import("./InspectionPage.vue"),
  },
];
