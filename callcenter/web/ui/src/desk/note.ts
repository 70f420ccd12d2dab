/** The own note of a call: a draft in the tab at each key, kept at the backend with each pause in the typing. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { api, ApiError, take } from "@/api/client";
import { serverNow } from "@/design/clock";
import { sentenceOf } from "@/design/reasons";
import { useDraft } from "@/session/drafts";
import { useSession } from "@/session/session";
import { partsOf } from "./caller";

export const LONGEST = 500;
/** A pause in the typing. */
const PAUSE = 1_500;

export interface CallNote {
  text: Ref<string>;
  /** When the backend took what stands there; null where it has not. */
  savedAt: Ref<string | null>;
  isSaving: Ref<boolean>;
  /** One character is no note. */
  isTooShort: Ref<boolean>;
  failure: ShallowRef<ApiError | null>;
  save: () => Promise<void>;
}

export function useCallNote(key: string): CallNote {
  const session = useSession();
  const draft = useDraft(`call-note:${key}`);
  const text = ref(draft.value);
  const savedAt = ref<string | null>(null);
  const isSaving = ref(false);
  const isTooShort = ref(false);
  const failure = shallowRef<ApiError | null>(null);
  /** As the backend has it. */
  let saved = "";
  let pause: ReturnType<typeof setTimeout> | undefined;

  watch(
    text,
    (now) => {
      clearTimeout(pause);
      isTooShort.value = false;
      const isSaved = now.trim() === saved;
      draft.value = isSaved ? "" : now;
      if (isSaved) return;
      savedAt.value = null;
      pause = setTimeout(() => void save(), PAUSE);
    },
    { flush: "sync" },
  );

  async function read(): Promise<void> {
    try {
      const { notes } = await take(api.GET("/api/v1/calls/{pbx}/{call_id}", { params: { path: partsOf(key) } }));
      const own = notes.find((note) => note.user === session.user?.name);
      if (own === undefined) return;
      saved = own.note;
      if (text.value !== "") return;
      text.value = own.note;
      savedAt.value = own.at;
    } catch (error) {
      // a call that has just begun may not be written yet: then there is no note of it either
      if (!(error instanceof ApiError)) throw error;
    }
  }

  async function save(): Promise<void> {
    clearTimeout(pause);
    const typed = text.value.trim();
    const note = typed === "" ? null : sentenceOf(typed, LONGEST);
    isTooShort.value = note === null && typed !== "";
    if (isSaving.value || isTooShort.value || typed === saved) return;
    isSaving.value = true;
    failure.value = null;
    try {
      await take(api.PUT("/api/v1/calls/{pbx}/{call_id}/note", { params: { path: partsOf(key) }, body: { note } }));
      saved = typed;
      if (text.value.trim() === typed) {
        savedAt.value = new Date(serverNow()).toISOString();
        draft.value = "";
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = error;
    } finally {
      isSaving.value = false;
    }
    // what was typed meanwhile
    if (failure.value === null && text.value.trim() !== saved) await save();
  }

  void read();
  onScopeDispose(() => void save());

  return { text, savedAt, isSaving, isTooShort, failure, save };
}
