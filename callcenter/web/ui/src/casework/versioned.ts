/**
 * Something that others may change too, as it stands with its log: what they changed meanwhile is shown, not overwritten.
 */
import { ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { ApiError } from "@/api/client";
import { latest } from "@/api/latest";
import { newsOf, type Entry } from "./history";

export type Version = { "if-match": string };

/** `E` is what its log consists of. */
export interface Versioned<T, E = Entry> {
  /** Null until it is known. */
  thing: ShallowRef<T | null>;
  history: ShallowRef<readonly E[]>;
  failure: ShallowRef<ApiError | null>;
  /** What others did meanwhile: before the last change here was refused, or since it was read. */
  news: ShallowRef<readonly E[]>;
  /** It has left the user's sight by the last step, here or by somebody else. */
  isGone: Ref<boolean>;
  read: () => Promise<void>;
  /** The same, but for nothing while `isPaused`; what others did is news. */
  follow: (isPaused: () => boolean) => Promise<void>;
  /** `give` changes the version that is shown. Throws ApiError; of a stale one after what is now has been read. */
  change: (give: (version: Version) => Promise<T>) => Promise<void>;
}

/** `ask` reads the thing of that key and its log. */
export function useVersioned<K, T extends { version: number }, E = Entry>(
  key: Readonly<Ref<K>>,
  ask: (key: K) => Promise<[T, E[]]>,
): Versioned<T, E> {
  const thing = shallowRef<T | null>(null) as ShallowRef<T | null>;
  const history = shallowRef<readonly E[]>([]);
  const failure = shallowRef<ApiError | null>(null);
  const news = shallowRef<readonly E[]>([]);
  const isGone = ref(false);

  function show([now, log]: [T, E[]]): void {
    thing.value = now;
    history.value = log;
    failure.value = null;
  }

  const read = latest(async () => {
    const asked = key.value;
    try {
      const found = await ask(asked);
      if (asked === key.value) show(found);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (asked === key.value) failure.value = error;
    }
  });

  async function follow(isPaused: () => boolean): Promise<void> {
    const asked = key.value;
    const isLate = () => asked !== key.value || isPaused();
    try {
      const [now, log] = await ask(asked);
      // what is typed was typed about what is shown; and a change of one's own may have been answered first
      if (isLate() || thing.value === null || now.version < thing.value.version) return;
      const found = newsOf(history.value, log);
      if (found.length > 0) news.value = found;
      show([now, log]);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isLate()) return;
      if (error.code === "not_found") isGone.value = true;
      else failure.value = error;
    }
  }

  async function change(give: (version: Version) => Promise<T>): Promise<void> {
    const before = history.value;
    try {
      thing.value = await give({ "if-match": `"${thing.value?.version ?? 1}"` });
    } catch (error) {
      if (error instanceof ApiError && error.code === "stale_version") {
        await read();
        news.value = newsOf(before, history.value);
      }
      throw error;
    }
    news.value = [];
    try {
      show(await ask(key.value));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      isGone.value = error.code === "not_found";
    }
  }

  watch(
    key,
    () => {
      thing.value = null;
      history.value = [];
      news.value = [];
      failure.value = null;
      isGone.value = false;
      void read();
    },
    { immediate: true },
  );

  return { thing, history, failure, news, isGone, read, follow, change };
}
