/** The pages of calls: the list, and one call. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/calls",
    name: "calls",
    title: "titles.calls",
    right: "see_calls",
    isInBar: true,
    load: () => import("./CallsPage.vue"),
  },
  {
    // ids of calls may hold slashes
    path: "/calls/:pbx/:id(.+)",
    name: "call",
    title: "titles.call",
    right: "see_calls",
    isInBar: false,
    load: () => import("./CallPage.vue"),
  },
];
