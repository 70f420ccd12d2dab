/** The page of the contact platform: whom to reach at units and merchants. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/contacts",
    name: "contacts",
    title: "titles.contacts",
    right: "see_contacts",
    isInBar: true,
    load: () => import("./ContactsPage.vue"),
  },
];
