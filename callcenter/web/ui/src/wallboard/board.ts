/** The board of this page: one stream for as long as somebody shows it. */
import { onScopeDispose } from "vue";
import type { Schemas } from "@/api/client";
import { onWake } from "@/design/clock";
import { LiveFeed } from "@/live/feed";
import { useSession } from "@/session/session";

export type Board = Schemas["BoardView"];

const PATH = "/api/v1/wallboard/live";

/** Connected until the component goes. */
export function useBoard() {
  const session = useSession();
  // a socket that is refused does not say why: the session does
  const feed = new LiveFeed<Board>(PATH, () => void session.load().catch(() => undefined));
  feed.start();
  const forget = onWake(() => feed.renew());
  onScopeDispose(() => {
    forget();
    feed.stop();
  });
  return feed.state;
}
