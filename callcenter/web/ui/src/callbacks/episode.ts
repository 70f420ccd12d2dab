/** One caller as they stand: the row, what is known of the person, and the messages; read again when the list changed. */
import { ref, shallowRef, watch, type Ref } from "vue";
import { api, ApiError, because, take, type Schemas } from "@/api/client";
import { latest } from "@/api/latest";
import type { FeedState } from "@/live/feed";
import type { Me } from "@/session/me";
import type { History } from "./history";
import type { Row } from "./rows";

export type Message = Schemas["MessageView"];

/** So many calls of one caller are asked for their messages. */
const MOST_MESSAGES = 5;

async function readMessages(row: Row): Promise<Message[]> {
  const calls = row.calls.filter((call) => call.outcome === "voicemail").slice(-MOST_MESSAGES);
  const pages = await Promise.all(
    calls.map(({ pbx, call_id }) =>
      take(api.GET("/api/v1/messages", { params: { query: { pbx, call_id, masked: true } } })),
    ),
  );
  return pages.flatMap((page) => page.items);
}

/** `id` is of the row; `me` the user's own stream. */
export function useEpisode(id: Readonly<Ref<number>>, me: Readonly<FeedState<Me>>, mayHear: boolean) {
  const row = shallowRef<Row | null>(null);
  const history = shallowRef<History | null>(null);
  const messages = shallowRef<readonly Message[]>([]);
  const failure = shallowRef<ApiError | null>(null);
  /** The whole number, once a reason was given for seeing it. */
  const number = ref<string | null>(null);

  const read = latest(async () => {
    const asked = id.value;
    const path = { episode_id: asked };
    try {
      const [now, known] = await Promise.all([
        take(api.GET("/api/v1/callbacks/{episode_id}", { params: { path } })),
        take(api.GET("/api/v1/callbacks/{episode_id}/history", { params: { path } })),
      ]);
      const left = mayHear && now.has_message ? await readMessages(now) : [];
      if (asked !== id.value) return;
      row.value = now;
      history.value = known;
      messages.value = left;
      failure.value = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (asked === id.value) failure.value = error;
    }
  });

  async function unmask(reason: string): Promise<void> {
    const asked = id.value;
    const params = { path: { episode_id: asked }, header: because(reason) };
    const whole = await take(api.GET("/api/v1/callbacks/{episode_id}", { params }));
    if (asked === id.value) number.value = whole.caller_number;
  }

  watch(
    id,
    () => {
      row.value = null;
      history.value = null;
      messages.value = [];
      failure.value = null;
      number.value = null;
      void read();
    },
    { immediate: true },
  );
  watch(
    () => [me.document?.lists.callbacks, me.document?.lists.messages, me.document?.dial?.id, me.downSince === null],
    () => {
      if (me.downSince === null) void read();
    },
  );

  return { row, history, messages, failure, number, read, unmask };
}
