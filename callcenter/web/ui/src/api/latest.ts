/** A question that is asked again and again: never twice at once, and never less often than it was asked for. */
export function latest(ask: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let following: Promise<void> | null = null;

  return () => {
    if (running === null) {
      running = ask().finally(() => (running = null));
      return running;
    }
    following ??= running
      .catch(() => undefined)
      .then(() => {
        following = null;
        running = ask().finally(() => (running = null));
        return running;
      });
    return following;
  };
}
