/** What is known of the person in a call: read when the call comes, and again when something of it has changed. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";

export type History = Schemas["HistoryView"];

/** The key of a call, `pbx/call_id`, in its two parts. */
export function partsOf(key: string): { pbx: string; call_id: string } {
  const slash = key.indexOf("/");
  return { pbx: key.slice(0, slash), call_id: key.slice(slash + 1) };
}

/** How many times the person has rung today, this call included. `today` is as `2026-11-28`, of the hotline's zone. */
export function callsToday(history: History, today: string, dayOf: (moment: string) => string): number {
  return history.calls.filter((call) => call.direction === "inbound" && dayOf(call.started_at) === today).length;
}

export interface Caller {
  history: Readonly<Ref<History | null>>;
  /** The last question had no answer. */
  isUnread: Readonly<Ref<boolean>>;
  /** Nobody from outside is in the call. */
  isFromInside: Readonly<Ref<boolean>>;
}

/** A call that has just begun may not be written yet, and is asked for again after so long. */
const AGAIN = 500;

/** `again` changes whenever it is worth asking once more. */
export function useCaller(key: Ref<string | null>, again: () => unknown): Caller {
  const history = shallowRef<History | null>(null);
  const failed = ref<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const asked = ref<string | null>(null);

  watch([key, again], () => void read(), { immediate: true });

  async function read(): Promise<void> {
    const wanted = key.value;
    clearTimeout(timer);
    if (wanted !== asked.value) {
      history.value = null;
      failed.value = null;
    }
    asked.value = wanted;
    if (wanted === null) return;
    try {
      const found = await take(api.GET("/api/v1/calls/{pbx}/{call_id}/history", { params: { path: partsOf(wanted) } }));
      if (key.value !== wanted) return;
      history.value = found;
      failed.value = null;
    } catch (error) {
      // what is shown stays
      if (!(error instanceof ApiError)) throw error;
      if (key.value !== wanted) return;
      failed.value = error.code;
      if (error.code === "not_found") timer = setTimeout(() => void read(), AGAIN);
    }
  }

  onScopeDispose(() => clearTimeout(timer));
  const isUnread = computed(() => failed.value !== null);
  const isFromInside = computed(() => failed.value === "no_number");
  return { history, isUnread, isFromInside };
}
