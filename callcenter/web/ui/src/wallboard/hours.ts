/** The hours of today beside what is usual, read again and again for as long as somebody shows them. */
import { computed, onScopeDispose, shallowRef, watch, type Ref } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";
import type { Arrivals } from "@/design/arrivals";
import { onWake } from "@/design/clock";
import type { Queues } from "./figures";

type Hours = Schemas["BoardHoursView"];

/** The backend counts them anew every ten seconds. */
const PERIOD = 15_000;
/** Older than this, several readings have failed. */
export const HOURS_LIMIT = 60_000;

export interface Day {
  asOf: string | null;
  usualDays: number;
  hours: readonly Arrivals[];
}

/** Several queues together; a call counts in each that it visited. Null stays where nobody knows. */
export function together(parts: readonly Hours[]): Day {
  const add = (one: number | null, other: number | null) => (one === null || other === null ? null : one + other);
  return {
    asOf: parts.map((part) => part.as_of).sort()[0] ?? null,
    usualDays: Math.min(...parts.map((part) => part.usual_days)),
    hours: (parts[0]?.hours ?? []).map(({ hour }, index) => {
      const all = parts.map((part) => part.hours[index]);
      const sum = (of: "offered" | "missed" | "usual_offered") =>
        all.map((one) => one?.[of] ?? null).reduce((total, value) => add(total, value), 0);
      return { hour, offered: sum("offered"), missed: sum("missed"), usual: sum("usual_offered") };
    }),
  };
}

/** Null before the first answer; what was read stays while nothing can be read. */
export function useHours(queues: Ref<Queues>): Ref<Day | null> {
  const parts = shallowRef<readonly Hours[]>([]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;

  async function read(): Promise<void> {
    clearTimeout(timer);
    const mine = ++turn;
    const asked = queues.value.length === 0 ? [undefined] : queues.value;
    try {
      const found = await Promise.all(
        asked.map((queue) => take(api.GET("/api/v1/wallboard/hours", { params: { query: queue === undefined ? {} : { queue } } }))),
      );
      // the choice may have changed meanwhile, and the component may be gone
      if (mine === turn) parts.value = found;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    if (mine === turn) timer = setTimeout(() => void read(), PERIOD);
  }

  watch(() => queues.value.join("\n"), () => void read(), { immediate: true });
  const forget = onWake(() => void read());
  onScopeDispose(() => {
    forget();
    turn++;
    clearTimeout(timer);
  });
  return computed(() => (parts.value.length === 0 ? null : together(parts.value)));
}
