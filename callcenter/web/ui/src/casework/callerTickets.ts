/** What is known of the matters of the person in a call: read when the call comes, and again when something changed. */
import { onScopeDispose, shallowRef, watch, type Ref } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";

export type CallerTickets = Schemas["CallerTickets"];
export type CallerTicket = Schemas["CallerTicket"];

/** A call that has just begun may not be written yet, and is asked for again after so long. */
const AGAIN = 500;

/** One number may be several people's: matters by the name that was given, in the order in which they come. */
export function byName(tickets: readonly CallerTicket[]): { name: string | null; tickets: CallerTicket[] }[] {
  const names = [...new Set(tickets.map((ticket) => ticket.name))];
  return names.map((name) => ({ name, tickets: tickets.filter((ticket) => ticket.name === name) }));
}

export interface Known {
  tickets: Readonly<Ref<CallerTickets | null>>;
  failure: Readonly<Ref<ApiError | null>>;
  read: () => Promise<void>;
}

/** `call` is the one that the page is about; `again` changes whenever it is worth asking once more. */
export function useCallerTickets(call: Ref<Schemas["NamedCall"] | null>, again: () => unknown): Known {
  const tickets = shallowRef<CallerTickets | null>(null);
  const failure = shallowRef<ApiError | null>(null);
  let asked = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function read(): Promise<void> {
    const path = call.value;
    const name = path === null ? "" : `${path.pbx}/${path.call_id}`;
    clearTimeout(timer);
    if (name !== asked) tickets.value = failure.value = null;
    asked = name;
    if (path === null) return;
    try {
      const found = await take(api.GET("/api/v1/calls/{pbx}/{call_id}/tickets", { params: { path } }));
      if (asked !== name) return;
      tickets.value = found;
      failure.value = null;
    } catch (error) {
      // what is shown stays
      if (!(error instanceof ApiError)) throw error;
      if (asked !== name) return;
      if (error.code === "not_found") timer = setTimeout(() => void read(), AGAIN);
      else failure.value = error;
    }
  }

  watch([() => `${call.value?.pbx}/${call.value?.call_id}`, again], () => void read(), { immediate: true });
  onScopeDispose(() => clearTimeout(timer));
  return { tickets, failure, read };
}
