/** What concerns the user now: one stream, for as long as somebody shows something of it. */
import { onScopeDispose } from "vue";
import type { Schemas } from "@/api/client";
import { onWake } from "@/design/clock";
import { LiveFeed, type FeedState } from "@/live/feed";
import { useSession } from "./session";

export type Me = Schemas["DeskView"];

const PATH = "/api/v1/me/live";
let open: { feed: LiveFeed<Me>; forget: () => void; users: number } | null = null;

/** Connected until the last component that asked for it goes. */
export function useMe(): Readonly<FeedState<Me>> {
  if (open === null) {
    const session = useSession();
    // a socket that is refused does not say why: the session does
    const feed = new LiveFeed<Me>(PATH, () => void session.load().catch(() => undefined));
    open = { feed, forget: onWake(() => feed.renew()), users: 0 };
    feed.start();
  }
  const mine = open;
  mine.users++;
  onScopeDispose(() => {
    if (--mine.users > 0) return;
    mine.forget();
    mine.feed.stop();
    if (open === mine) open = null;
  });
  return mine.feed.state;
}
