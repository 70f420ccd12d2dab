/** The hotline's clock in the page: the server's time, whatever this machine's clock says, and its time zone. */
import { onScopeDispose, readonly, ref, shallowRef, type Ref } from "vue";

const TICK = 1_000;
/** By how much the wall clock may move against the steady one before the machine must have slept or been set. */
const JUMP = 2_000;
/** A page that is seen looks each second; one that has not for so long stood still. */
const STANDSTILL = 3_000;

const offset = ref<number | null>(null);
const timezone = shallowRef("Asia/Shanghai");
const now = ref(Date.now());
const wakeListeners = new Set<() => void>();
let users = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** `sentAt` and `receivedAt` are of `performance.now()`; the server's moment lies between them. */
export function setServerTime(serverTime: number, sentAt: number, receivedAt: number): void {
  offset.value = serverTime - (sentAt + receivedAt) / 2;
  now.value = serverNow();
}

export function setTimezone(name: string): void {
  timezone.value = name;
}

/** Milliseconds since 1970 on the server; this machine's own before anything was heard of it. */
export function serverNow(): number {
  return offset.value === null ? Date.now() : performance.now() + offset.value;
}

export function useTimezone(): Readonly<Ref<string>> {
  return readonly(timezone);
}

/** The server's time, each second anew, for as long as somebody shows it. */
export function useNow(): Readonly<Ref<number>> {
  users++;
  if (users === 1) tick();
  onScopeDispose(() => {
    users--;
    if (users === 0) clearTimeout(timer);
  });
  return readonly(now);
}

function tick(): void {
  now.value = serverNow();
  // on the server's full second, so that all figures change together
  timer = setTimeout(tick, TICK - (now.value % TICK));
}

/** Told after this machine slept, the page stood still, or the clock was set: what is shown must be asked anew. */
export function onWake(listener: () => void): () => void {
  wakeListeners.add(listener);
  return () => wakeListeners.delete(listener);
}

/**
 * Once a page. In some browsers the steady clock stands still while the machine sleeps, which the other clock shows; in
 * others, and in a page that was frozen, it runs on and nobody looks. A hidden page looks once a minute and sleeps
 * rightly: it wakes when it is seen.
 */
export function watchForWaking(): () => void {
  let steady = performance.now();
  let difference = Date.now() - steady;
  const look = () => {
    const elapsed = performance.now() - steady;
    steady += elapsed;
    const moved = Math.abs(Date.now() - steady - difference);
    difference = Date.now() - steady;
    if (moved > JUMP || (elapsed > STANDSTILL && !document.hidden)) wakeListeners.forEach((tell) => tell());
  };
  const watch = setInterval(look, TICK);
  // before the timer of a page that thaws, and before the messages that queued up for it
  document.addEventListener("resume", look);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(watch);
    document.removeEventListener("resume", look);
    document.removeEventListener("visibilitychange", look);
  };
}
