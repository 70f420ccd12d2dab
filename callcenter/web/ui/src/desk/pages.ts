/** The page of the agent's desk. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/desk",
    name: "desk",
    title: "desk.title",
    right: "take_calls",
    isInBar: true,
    load: () => import("./DeskPage.vue"),
  },
];
