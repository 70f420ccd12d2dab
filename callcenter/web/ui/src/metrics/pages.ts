/** The page of the figures of casework. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/statistics/casework",
    name: "metrics",
    title: "titles.metrics",
    right: "see_statistics",
    isInBar: true,
    load: () => import("./MetricsPage.vue"),
  },
];
