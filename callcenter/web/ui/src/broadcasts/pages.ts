/** The page of the broadcasts: who of all has acknowledged. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/broadcasts/:id(\\d+)?",
    name: "broadcasts",
    title: "titles.broadcasts",
    right: "see_broadcasts",
    isInBar: true,
    load: () => import("./BroadcastsPage.vue"),
  },
];
