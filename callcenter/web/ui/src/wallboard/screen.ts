/** A screen on the wall: let in by the secret of its link for as long as that holds. Nobody signs in here. */
import { onScopeDispose, readonly, ref, shallowRef } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";
import { onWake, setServerTime, setTimezone } from "@/design/clock";
import { LiveFeed } from "@/live/feed";
import type { Board } from "./figures";

type Screen = Schemas["CurrentScreen"];

/** How often the link is tried again: it keeps the clock right, and finds out what became of the link. */
const PERIOD = 60_000;
const RETRY = 3_000;
/** Answers that no repetition changes. */
const FINAL = ["screen_link_invalid", "invalid_request"];

/** Connected until the component goes, or the link is revoked. `secret` is empty where the address has none. */
export function useScreen(secret: string) {
  const state = ref<"opening" | "open" | "revoked" | "without_secret">(secret === "" ? "without_secret" : "opening");
  const screen = shallowRef<Screen | null>(null);
  // a socket that is refused does not say why: the link does
  const feed = new LiveFeed<Board>("/api/v1/wallboard/live", () => void open());
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;

  async function open(): Promise<void> {
    if (asking || state.value === "revoked") return;
    asking = true;
    clearTimeout(timer);
    const sentAt = performance.now();
    try {
      const answer = await take(api.POST("/api/v1/session/screen", { body: { secret } }));
      setServerTime(Date.parse(answer.server_time), sentAt, performance.now());
      setTimezone(answer.timezone);
      // another version is served than the one this page came with; nothing here could be lost
      if (screen.value !== null && screen.value.version !== answer.version) location.reload();
      screen.value = answer;
      state.value = "open";
      feed.start();
      timer = setTimeout(() => void open(), PERIOD);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (FINAL.includes(error.code)) {
        state.value = "revoked";
        feed.stop();
      } else {
        timer = setTimeout(() => void open(), RETRY);
      }
    } finally {
      asking = false;
    }
  }

  if (secret !== "") void open();
  const forget = onWake(() => {
    feed.renew();
    void open();
  });
  onScopeDispose(() => {
    forget();
    clearTimeout(timer);
    feed.stop();
  });
  return { state: readonly(state), screen, feed: feed.state };
}
