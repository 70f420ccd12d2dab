/**
 * For a page without a stream: read again what others may have changed, each 15 seconds while the page is seen, and at
 * once when one comes back to it. A page that nobody has touched for ten minutes asks no more, so that it keeps nobody
 * signed in who has gone.
 */
import { onScopeDispose } from "vue";

const EVERY = 15_000;
/** One comes back by two events, of the page and of the window. */
const ONCE = 1_000;
const FORGOTTEN = 600_000;

/** For the life of the component; `isPaused` while something is typed that is about what is shown. */
export function useFollow(read: () => Promise<void>, isPaused: () => boolean): void {
  let readAt = performance.now();
  let touchedAt = readAt;

  function follow(): void {
    const now = performance.now();
    if (document.hidden || isPaused() || now - readAt < ONCE || now - touchedAt > FORGOTTEN) return;
    readAt = now;
    void read();
  }

  function touch(): void {
    const wasForgotten = performance.now() - touchedAt > FORGOTTEN;
    touchedAt = performance.now();
    if (wasForgotten) follow();
  }

  function comeBack(): void {
    touchedAt = performance.now();
    follow();
  }

  const timer = setInterval(follow, EVERY);
  const touches = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
  for (const name of touches) window.addEventListener(name, touch, { passive: true });
  window.addEventListener("focus", comeBack);
  document.addEventListener("visibilitychange", comeBack);
  onScopeDispose(() => {
    clearInterval(timer);
    for (const name of touches) window.removeEventListener(name, touch);
    window.removeEventListener("focus", comeBack);
    document.removeEventListener("visibilitychange", comeBack);
  });
}
