import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { effectScope, nextTick } from "vue";
import { useSession } from "@/session/session";
import { useCallNote, type CallNote } from "./note";

const KEY = "pbx1/1764000000.7";
let notes: object[];
let status: number;
let sent: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  setActivePinia(createPinia());
  useSession().user = { name: "chen" } as never;
  notes = [];
  status = 204;
  sent = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method === "GET") return Response.json({ notes });
    sent.push(((await request.json()) as { note: string | null }).note);
    return status === 204 ? new Response(null, { status }) : Response.json({ code: "not_found", params: {} }, { status });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

async function opened(): Promise<[CallNote, () => void]> {
  const scope = effectScope();
  const note = scope.run(() => useCallNote(KEY));
  if (note === undefined) throw new Error("the scope is active");
  await settled();
  return [note, () => scope.stop()];
}

async function type(note: CallNote, text: string): Promise<void> {
  note.text.value = text;
  await nextTick();
}

it("is kept with a pause in the typing, and once", async () => {
  const [note] = await opened();
  await type(note, "要求");
  await type(note, "要求退款");
  await vi.advanceTimersByTimeAsync(1_500);
  await note.save();
  expect([sent, note.savedAt.value === null, sessionStorage.length]).toEqual([["要求退款"], false, 0]);
});

it("is kept when the page goes on to another call", async () => {
  const [note, close] = await opened();
  await type(note, "要求退款");
  close();
  await settled();
  expect(sent).toEqual(["要求退款"]);
});

it("shows what was kept before, and takes it back where nothing is left of it", async () => {
  notes = [{ user: "wang", note: "别人的" }, { user: "chen", note: "要求退款", at: "2026-11-28T06:00:00Z" }];
  const [note] = await opened();
  expect([note.text.value, note.savedAt.value]).toEqual(["要求退款", "2026-11-28T06:00:00Z"]);
  await type(note, "");
  await vi.advanceTimersByTimeAsync(1_500);
  expect(sent).toEqual([null]);
});

it("stays in the tab where it could not be kept", async () => {
  status = 404;
  const [note, close] = await opened();
  await type(note, "要求退款");
  await vi.advanceTimersByTimeAsync(1_500);
  expect([note.failure.value?.code, note.savedAt.value]).toEqual(["not_found", null]);
  close();
  expect((await opened())[0].text.value).toBe("要求退款");
});

it("of one character is none", async () => {
  const [note] = await opened();
  await type(note, "退");
  await note.save();
  expect([note.isTooShort.value, sent]).toEqual([true, []]);
});
