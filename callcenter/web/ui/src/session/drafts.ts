/** Texts that were begun and not sent: kept in the tab, so that a reload loses none, and gone at sign-out. */
import { ref, watch, type Ref } from "vue";

const PREFIX = "draft:";

/** The text under that name; the empty text is no draft. */
export function useDraft(name: string): Ref<string> {
  const key = PREFIX + name;
  const text = ref(sessionStorage.getItem(key) ?? "");
  watch(text, (now) => (now === "" ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, now)), {
    flush: "sync",
  });
  return text;
}

/** The names of the drafts that begin so. */
export function listDrafts(beginning: string): string[] {
  const begin = PREFIX + beginning;
  const names = Object.keys(sessionStorage).filter((name) => name.startsWith(begin));
  return names.map((name) => name.slice(PREFIX.length)).sort();
}
