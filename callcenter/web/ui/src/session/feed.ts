/** A stream of the backend for a component of a page: it follows who is signed in, and the sleep of the machine. */
import { onScopeDispose, watch } from "vue";
import { onWake } from "@/design/clock";
import { LiveFeed, type FeedState } from "@/live/feed";
import { useSession } from "./session";

/** Connected until the component goes; without a connection while nobody is signed in. */
export function useFeed<T>(path: string): Readonly<FeedState<T>> {
  const session = useSession();
  // a socket that is refused does not say why: the session does
  const feed = new LiveFeed<T>(path, () => void session.load().catch(() => undefined));
  watch(
    () => session.isOver,
    (isOver) => (isOver ? feed.stop() : feed.start()),
    { immediate: true },
  );
  const forget = onWake(() => feed.renew());
  onScopeDispose(() => {
    forget();
    feed.stop();
  });
  return feed.state;
}
