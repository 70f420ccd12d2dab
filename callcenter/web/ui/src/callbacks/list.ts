/** The callback list as it stands: read again whenever the user's own stream says that it changed. */
import { onScopeDispose, ref, shallowReactive, shallowRef, watch } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";
import { latest } from "@/api/latest";
import type { FeedState } from "@/live/feed";
import type { Me } from "@/session/me";
import { gone, type Row } from "./rows";

type ListPage = Schemas["CallbackPage"];

const PAGE = 200;
/** So many pages are read: a list that is longer is not worked from its end. */
const MOST_PAGES = 5;
const MOST_FAREWELLS = 5;
const AGAIN = 10_000;

export async function readPage(query: { day?: string; cursor?: string | null }): Promise<ListPage> {
  const asked = { ...query, masked: true, limit: PAGE };
  // with format=json, as here, it is a page and no file
  return (await take(api.GET("/api/v1/callbacks", { params: { query: asked } }))) as ListPage;
}

async function readAll(query: { day?: string }): Promise<{ page: ListPage; rows: Row[]; isWhole: boolean }> {
  const first = await readPage(query);
  const rows = [...first.items];
  let cursor = first.next;
  for (let count = 1; cursor !== null && count < MOST_PAGES; count++) {
    const page = await readPage({ ...query, cursor });
    // the list may change between two pages: nobody stands in it twice
    rows.push(...page.items.filter((row) => rows.every((other) => other.id !== row.id)));
    cursor = page.next;
  }
  return { page: first, rows, isWhole: cursor === null };
}

/** `me` is the user's own stream. */
export function useCallbacks(me: Readonly<FeedState<Me>>) {
  const rows = shallowRef<readonly Row[] | null>(null);
  const isWhole = ref(true);
  /** In which people may be called on working days; null until they are known. */
  const hours = shallowRef<readonly string[] | null>(null);
  const failure = shallowRef<ApiError | null>(null);
  /** Who left the list while it was shown, as they stand now, the latest first. */
  const farewells = shallowReactive<Row[]>([]);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const read = latest(async () => {
    clearTimeout(timer);
    try {
      const now = await readAll({});
      const left = gone(rows.value ?? [], now.rows);
      rows.value = now.rows;
      isWhole.value = now.isWhole;
      hours.value = now.page.hours;
      failure.value = null;
      if (now.isWhole) await sayFarewell(left);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = error;
      timer = setTimeout(() => void read(), AGAIN);
    }
  });

  async function sayFarewell(left: Row[]): Promise<void> {
    for (const row of left.slice(0, MOST_FAREWELLS)) {
      const path = { episode_id: row.id };
      const now = await take(api.GET("/api/v1/callbacks/{episode_id}", { params: { path } }));
      if (now.closed_at !== null) farewells.unshift(now);
    }
    farewells.splice(MOST_FAREWELLS);
  }

  // A number that grew, or another process whose numbers begin anew; and what was missed while there was no link.
  watch(() => [me.document?.lists.callbacks, me.downSince === null], ([, isUp]) => {
    if (isUp) void read();
  });
  void read();
  onScopeDispose(() => clearTimeout(timer));

  return { rows, isWhole, hours, failure, farewells, read };
}

/** Everybody who was lost on a day, and the account of the whole. */
export const readDay = (day: string) => readAll({ day });
