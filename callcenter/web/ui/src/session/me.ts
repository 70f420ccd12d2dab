/** What concerns the user now: one stream, however many components show something of it. */
import { effectScope, onScopeDispose, type EffectScope } from "vue";
import type { Schemas } from "@/api/client";
import type { FeedState } from "@/live/feed";
import { useFeed } from "./feed";

export type Me = Schemas["DeskView"];

const PATH = "/api/v1/me/live";
let shared: { scope: EffectScope; state: Readonly<FeedState<Me>>; users: number } | null = null;

/** Connected until the last component that asked for it goes. */
export function useMe(): Readonly<FeedState<Me>> {
  if (shared === null) {
    const scope = effectScope(true);
    const state = scope.run(() => useFeed<Me>(PATH));
    if (state === undefined) throw new Error("a new scope runs");
    shared = { scope, state, users: 0 };
  }
  const mine = shared;
  mine.users++;
  onScopeDispose(() => {
    if (--mine.users > 0) return;
    mine.scope.stop();
    if (shared === mine) shared = null;
  });
  return mine.state;
}
