import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { effectScope, ref } from "vue";
import { useDisposition, type Disposition } from "./disposition";

const CALL = { pbx: "pbx1", call_id: "1764000000.7" };
let answerRead: (() => void) | undefined;
let put: unknown[];

beforeEach(() => {
  answerRead = undefined;
  put = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method === "PUT") {
      put.push(await request.json());
      return Response.json({ reason: "silent", tickets: [] });
    }
    await new Promise<void>((resolve) => (answerRead = resolve));
    return Response.json({ reason: null, tickets: [] });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

it("is taken while it is being read what was said before, and what is read then is old", async () => {
  const scope = effectScope();
  const disposition = scope.run(() => useDisposition(ref(CALL))) as Disposition;
  await vi.waitUntil(() => answerRead !== undefined);
  const wasTaken = await disposition.put({ reason: "silent" });
  const first = answerRead;
  answerRead = undefined;
  first?.();
  // the next question is asked when the first was answered
  void disposition.read();
  await vi.waitUntil(() => answerRead !== undefined);
  expect([wasTaken, put, disposition.said.value?.reason]).toEqual([true, [{ reason: "silent" }], "silent"]);
  scope.stop();
});
