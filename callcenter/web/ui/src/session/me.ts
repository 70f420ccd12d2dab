/** What concerns the user now: one stream, for as long as somebody shows something of it. */
import { effectScope, onScopeDispose, type EffectScope } from "vue";
import type { Schemas } from "@/api/client";
import type { FeedState } from "@/live/feed";
import { useFeed } from "./feed";
import { useSession } from "./session";

export type Me = Schemas["DeskView"];

/** For a user who has nothing to do with calls: no stream that could be cut off. */
const NOTHING: Readonly<FeedState<Me>> = { document: null, heardAt: null, downSince: null };

let open: { scope: EffectScope; state: Readonly<FeedState<Me>>; users: number } | null = null;

/** Connected until the last component that asked for it goes; the frame of the pages holds it. */
export function useMe(): Readonly<FeedState<Me>> {
  if (!useSession().may("see_agents")) return NOTHING;
  if (open === null) {
    const scope = effectScope(true);
    const state = scope.run(() => useFeed<Me>("/api/v1/me/live"));
    if (state === undefined) throw new Error("a scope that has just been made is active");
    open = { scope, state, users: 0 };
  }
  const mine = open;
  mine.users++;
  onScopeDispose(() => {
    if (--mine.users > 0) return;
    mine.scope.stop();
    if (open === mine) open = null;
  });
  return mine.state;
}
