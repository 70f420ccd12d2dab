// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isBegun, listUnsent, matterOf, useMatterDraft } from "./register";

const CALL = { pbx: "pbx1", call_id: "pbx1-7.0" };
const asked: { key: string | null; body: Record<string, unknown> }[] = [];

function backend(status: number, answer: unknown): void {
  vi.stubGlobal(
    "fetch",
    vi.fn(async (request: Request) => {
      asked.push({ key: request.headers.get("Idempotency-Key"), body: await request.json() });
      if (status === 0) throw new TypeError("Failed to fetch");
      return new Response(JSON.stringify(answer), { status, headers: { "Content-Type": "application/json" } });
    }),
  );
}

describe("the draft of a matter", () => {
  beforeEach(() => sessionStorage.clear());
  afterEach(() => {
    vi.unstubAllGlobals();
    asked.length = 0;
  });

  it("is sent with the same key after a lost answer and a reload, and is gone once the matter is made", async () => {
    const before = useMatterDraft({ call: CALL });
    before.begin();
    const begun = before.matter.value;
    if (begun === null) throw new Error("nothing was begun");
    before.matter.value = { ...begun, typed: { ...begun.typed, facts: "奶粉过期" }, party: { ...begun.party, name: "张三" } };
    backend(0, null);
    await expect(before.send(true)).rejects.toMatchObject({ code: "unreachable" });
    expect(listUnsent()).toEqual(["pbx1/pbx1-7.0"]);

    const after = useMatterDraft({ call: CALL });
    backend(201, { number: "12315-2026-00001" });
    expect(await after.send(true)).toEqual({ number: "12315-2026-00001" });
    const [first, second] = asked;
    expect(second).toEqual(first);
    expect(first?.body).toEqual({
      kind: "complaint",
      call: CALL,
      fields: { facts: "奶粉过期" },
      party: {
        name: "张三",
        phone: null,
        address: null,
        is_anonymous: false,
        is_confidential: false,
        may_publish: null,
        may_entrust: null,
      },
      register_now: true,
    });
    expect([after.matter.value, listUnsent()]).toEqual([null, []]);
  });

  it("has another key for another matter", () => {
    const draft = useMatterDraft({ episode_id: 8 });
    draft.begin();
    const key = draft.matter.value?.key;
    draft.renewKey();
    expect(draft.matter.value?.key).toMatch(/^[0-9a-f]{32}$/);
    expect(draft.matter.value?.key).not.toBe(key);
  });

  it("of a message or a mediation is kept for its own page, and names where it comes from", async () => {
    const draft = useMatterDraft({ mediation_id: 7 });
    draft.begin();
    expect([listUnsent(), isBegun({ mediation_id: 7 }), isBegun({ message_id: 7 })]).toEqual([[], true, false]);
    backend(201, { number: "12315-2026-00002" });
    await draft.send(false);
    expect(asked[0]?.body).toMatchObject({ mediation_id: 7, register_now: false });
    expect(asked[0]?.body).not.toHaveProperty("call");
    expect(isBegun({ mediation_id: 7 })).toBe(false);
  });

  it.each(["", "{", "null", "7"])("is none where the tab keeps %j", (kept) => {
    expect(matterOf(kept)).toBeNull();
  });
});
