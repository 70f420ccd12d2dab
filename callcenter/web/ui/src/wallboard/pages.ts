/** The wallboard, and the screen on the wall. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/wallboard",
    name: "wallboard",
    title: "titles.wallboard",
    right: "see_board",
    isInBar: true,
    load: () => import("./WallboardPage.vue"),
  },
];
