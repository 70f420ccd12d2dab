import { describe, expect, it } from "vitest";
import { effectScope, ref } from "vue";
import { ApiError, type Problem } from "@/api/client";
import type { Entry } from "./history";
import { useVersioned } from "./versioned";

interface Thing {
  version: number;
  text: string;
}

const entry = (at: string, what: Entry["what"]): Entry => ({
  at,
  by: "zhao",
  what,
  from_state: null,
  to_state: "accepted",
  note: null,
  body: {},
});
const refusal = (code: Problem["code"]) => new ApiError({ code, detail: "", params: {} } as unknown as Problem, 412);
const [FIRST, SECOND] = [entry("10:00", "forward"), entry("11:00", "accept")];

/** Something in its first version, whose backend a test can change; answers wait while they are held. */
async function one() {
  const backend = { thing: { version: 1, text: "a" } as Thing, log: [FIRST], refused: null as ApiError | null };
  let held: Promise<void> = Promise.resolve();
  const ask = async (): Promise<[Thing, Entry[]]> => {
    const answer: [Thing, Entry[]] = [backend.thing, [...backend.log]];
    const { refused } = backend;
    await held;
    if (refused !== null) throw refused;
    return answer;
  };
  const scope = effectScope();
  const shown = scope.run(() => useVersioned(ref(7), ask));
  if (shown === undefined) throw new Error("the scope is active");
  await shown.read();
  const hold = () => {
    let letGo = () => {};
    held = new Promise((resolve) => (letGo = resolve));
    return letGo;
  };
  const changed = () => Object.assign(backend, { thing: { version: 2, text: "b" }, log: [FIRST, SECOND] });
  return { backend, shown, hold, changed };
}

describe("something that others may change too", () => {
  it("follows, and tells what they did", async () => {
    const { shown, changed } = await one();
    await shown.follow(() => false);
    expect(shown.news.value).toEqual([]);
    changed();
    await shown.follow(() => false);
    expect([shown.thing.value, shown.history.value, shown.news.value]).toEqual([
      { version: 2, text: "b" },
      [FIRST, SECOND],
      [SECOND],
    ]);
  });

  it("stays as it is shown where somebody began to type while it was asked for", async () => {
    const { shown, hold, changed } = await one();
    let isTyping = false;
    changed();
    const letGo = hold();
    const following = shown.follow(() => isTyping);
    isTyping = true;
    letGo();
    await following;
    expect([shown.thing.value, shown.news.value]).toEqual([{ version: 1, text: "a" }, []]);
  });

  it("is not set back by an answer from before one's own change", async () => {
    const { backend, shown, hold, changed } = await one();
    const letGo = hold();
    const following = shown.follow(() => false);
    changed();
    shown.thing.value = backend.thing;
    letGo();
    await following;
    expect(shown.thing.value).toEqual({ version: 2, text: "b" });
  });

  it("says who did what where a change came too late, and keeps that for the next try", async () => {
    const { shown, changed } = await one();
    changed();
    const versions: string[] = [];
    const give = async (version: { "if-match": string }): Promise<Thing> => {
      versions.push(version["if-match"]);
      if (versions.length === 1) throw refusal("stale_version");
      return { version: 3, text: "c" };
    };
    await expect(shown.change(give)).rejects.toMatchObject({ code: "stale_version" });
    expect(shown.news.value).toEqual([SECOND]);
    await shown.change(give);
    expect([versions, shown.news.value]).toEqual([['"1"', '"2"'], []]);
  });

  it("is gone where the backend shows it no more", async () => {
    const { backend, shown } = await one();
    backend.refused = refusal("not_found");
    await shown.follow(() => false);
    expect([shown.isGone.value, shown.failure.value]).toEqual([true, null]);
  });
});
