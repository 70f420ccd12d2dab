/** The pages of matters: the list, one matter, what became of the calls of a day. */
import type { Page } from "@/session/page";

export const pages: readonly Page[] = [
  {
    path: "/tickets",
    name: "tickets",
    title: "tickets.title",
    right: "see_tickets",
    isInBar: true,
    load: () => import("./TicketsPage.vue"),
  },
  {
    path: "/tickets/:number(12315-\\d{4}-\\d{5,9})",
    name: "ticket",
    title: "tickets.one",
    right: "see_tickets",
    isInBar: false,
    load: () => import("./TicketPage.vue"),
  },
  {
    path: "/dispositions",
    name: "dispositions",
    title: "tickets.dispositions.title",
    right: "see_dispositions",
    isInBar: true,
    load: () => import("./DispositionsPage.vue"),
  },
];
