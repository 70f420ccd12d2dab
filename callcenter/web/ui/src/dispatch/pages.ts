/** The pages of the instructions to units, by what is left of their clocks: to work on, and to be seen from afar. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/dispatch/:id(\\d+)?",
    name: "dispatch",
    title: "titles.dispatch",
    right: "see_tickets",
    isInBar: true,
    load: () => import("./DispatchPage.vue"),
  },
  {
    path: "/dispatch/wall",
    name: "dispatch-wall",
    title: "titles.dispatchWall",
    // who has a stream, without which it would not change by itself
    right: "see_agents",
    isInBar: false,
    load: () => import("./WallPage.vue"),
  },
];
