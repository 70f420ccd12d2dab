/**
 * Answers and files of a patrol on their way: kept in the browser until the backend has them, sent in order, each once,
 * again as soon as the link is back.
 */
import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";
import { latest } from "@/api/latest";
import { dropFile, keepFile, listFiles, type UnsentFile } from "@/session/unsentFiles";
import { emptyKept, useKept, type Answer, type Kept } from "./kept";

const EVERY = 5_000;
/** A photo over a bad link. */
const PATIENCE = 300_000;
/** After these the same is worth sending once more. */
const PASSING = new Set([0, 408, 429, 502, 503, 504]);

export interface Outbox {
  kept: ComputedRef<Kept>;
  files: ShallowRef<readonly UnsentFile[]>;
  count: ComputedRef<number>;
  /** There is no answer from the backend: it is tried again by itself. */
  isWaiting: Readonly<Ref<boolean>>;
  /** Why the first one was refused; nothing is sent until it is dropped or tried again. */
  refusal: ShallowRef<ApiError | null>;
  put: (part: Partial<Kept>) => void;
  answer: (answer: Answer) => void;
  attach: (item: number, file: File) => Promise<void>;
  send: () => Promise<void>;
  tryAgain: () => void;
  dropFirst: () => Promise<void>;
  /** After it was finished nothing of it is kept. */
  close: () => void;
}

/** `onSent` is told what the patrol is after an answer, and null after a file. */
export function useOutbox(
  id: number,
  isPaused: () => boolean,
  onSent: (view: Schemas["InspectionView"] | null) => void,
): Outbox {
  const of = `inspection:${id}`;
  const store = useKept(id);
  const kept = computed(() => store.value ?? emptyKept());
  const files = shallowRef<readonly UnsentFile[]>([]);
  const isWaiting = ref(false);
  const refusal = shallowRef<ApiError | null>(null);
  const count = computed(() => kept.value.answers.length + files.value.length);
  /** Of files that the browser has no room for: gone with the page, and sent like all others. */
  let unkept = -1;

  const put = (part: Partial<Kept>) => (store.value = { ...kept.value, ...part });

  async function readFiles(): Promise<void> {
    const others = files.value.filter((file) => file.id < 0);
    files.value = [...(await listFiles(of).catch(() => [])), ...others];
  }

  async function sendAnswer({ key, ...body }: Answer): Promise<void> {
    const params = { path: { inspection_id: id }, header: { "Idempotency-Key": key } };
    const view = await take(api.POST("/api/v1/inspections/{inspection_id}/answers", { params, body }));
    put({ answers: kept.value.answers.filter((answer) => answer.key !== key) });
    onSent(view);
  }

  async function sendFile({ id: fileId, item, name, blob }: UnsentFile): Promise<void> {
    const header = { "x-file-name": encodeURIComponent(name) };
    const params = { path: { inspection_id: id, item }, header };
    const sending = api.POST("/api/v1/inspections/{inspection_id}/items/{item}/attachments", {
      params,
      body: blob as unknown as string,
      bodySerializer: (body) => body as unknown as Blob,
      headers: { "Content-Type": "application/octet-stream" },
      fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(PATIENCE) }),
    });
    await take(sending);
    await drop(fileId);
    onSent(null);
  }

  async function drop(fileId: number): Promise<void> {
    if (fileId > 0) await dropFile(fileId);
    files.value = files.value.filter((file) => file.id !== fileId);
  }

  const send = latest(async () => {
    while (refusal.value === null && !isPaused()) {
      const [answer] = kept.value.answers;
      const [file] = files.value;
      if (answer === undefined && file === undefined) break;
      try {
        if (answer !== undefined) await sendAnswer(answer);
        else if (file !== undefined) await sendFile(file);
        isWaiting.value = false;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        isWaiting.value = PASSING.has(error.status) || error.code === "not_signed_in";
        if (!isWaiting.value) refusal.value = error;
        return;
      }
    }
  });

  function answer(given: Answer): void {
    put({ answers: [...kept.value.answers, given] });
    void send();
  }

  async function attach(item: number, file: File): Promise<void> {
    const unsent = { of, item, name: file.name, blob: file };
    try {
      await keepFile(unsent);
      await readFiles();
    } catch {
      files.value = [...files.value, { id: unkept--, ...unsent }];
    }
    void send();
  }

  function tryAgain(): void {
    refusal.value = null;
    void send();
  }

  async function dropFirst(): Promise<void> {
    const [first] = kept.value.answers;
    const [file] = files.value;
    if (first !== undefined) put({ answers: kept.value.answers.slice(1) });
    else if (file !== undefined) await drop(file.id);
    tryAgain();
  }

  function again(): void {
    if (count.value > 0) void send();
  }

  const timer = setInterval(again, EVERY);
  window.addEventListener("online", again);
  onScopeDispose(() => {
    clearInterval(timer);
    window.removeEventListener("online", again);
  });
  void readFiles().then(again);

  const close = () => (store.value = null);
  return { kept, files, count, isWaiting, refusal, put, answer, attach, send, tryAgain, dropFirst, close };
}
