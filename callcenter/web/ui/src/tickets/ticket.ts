/** One matter as it stands with its log, and changing it. */
import type { Ref, ShallowRef } from "vue";
import { api, take, type Schemas } from "@/api/client";
import { readHistory, type Entry } from "@/casework/history";
import { useVersioned, type Versioned } from "@/casework/versioned";

export type Ticket = Schemas["TicketView"];

export type OneTicket = Omit<Versioned<Ticket>, "thing"> & { ticket: ShallowRef<Ticket | null> };

async function ask(ticket: string): Promise<[Ticket, Entry[]]> {
  return Promise.all([take(api.GET("/api/v1/tickets/{ticket}", { params: { path: { ticket } } })), readHistory(ticket)]);
}

export function useTicket(number: Readonly<Ref<string>>): OneTicket {
  const { thing, ...others } = useVersioned(number, ask);
  return { ticket: thing, ...others };
}
