import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { currentLocale, setLocale } from "@/messages";
import { useDraft } from "./drafts";
import { useSession } from "./session";

const SESSION = {
  name: "chen",
  role: "agent",
  rights: ["see_board"],
  preferences: { language: "zh", theme: "system" },
  timezone: "Asia/Shanghai",
  server_time: "2026-11-28T06:05:09Z",
  version: "1",
};

/** The backend, which answers by method and the end of the path. */
let answers: Record<string, [number, unknown]>;
let sent: [string, unknown][];

beforeEach(() => {
  setActivePinia(createPinia());
  setLocale("zh-CN");
  answers = { "GET session": [200, SESSION], "POST session": [201, {}], "DELETE session": [204, null] };
  sent = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const route = `${request.method} ${request.url.split("/").at(-1) ?? ""}`;
    sent.push([route, request.body === null ? null : await request.json()]);
    const [status, body] = answers[route] ?? [404, {}];
    return new Response(body === null ? null : JSON.stringify(body), { status });
  });
});
afterEach(() => vi.unstubAllGlobals());

const nobody = (): [number, unknown] => [401, { code: "not_signed_in", params: {}, detail: "Sign in first." }];

describe("the session", () => {
  it("knows who is signed in and what they may do", async () => {
    const session = useSession();
    expect(await session.load()).toBe(true);
    expect([session.user?.name, session.may("see_board"), session.may("manage_users")]).toEqual(["chen", true, false]);
  });

  it("is nobody's without a cookie, and not over", async () => {
    answers["GET session"] = nobody();
    const session = useSession();
    expect(await session.load()).toBe(false);
    expect([session.user, session.isOver]).toEqual([null, false]);
  });

  it("is not over because the backend is away", async () => {
    const session = useSession();
    await session.load();
    answers["GET session"] = [503, { code: "database_unavailable", params: {}, detail: "-" }];
    await expect(session.load()).rejects.toMatchObject({ code: "database_unavailable" });
    expect([session.user?.name, session.isOver]).toEqual(["chen", false]);
  });

  it("is over when the backend does not know the user any more, who stays known to the page", async () => {
    const session = useSession();
    await session.load();
    answers["GET session"] = nobody();
    await session.load();
    expect([session.user?.name, session.isOver]).toEqual(["chen", true]);
    answers["GET session"] = [200, SESSION];
    await session.signIn("chen", "secret");
    expect(session.isOver).toBe(false);
  });

  it("notices that another version is served", async () => {
    const session = useSession();
    await session.load();
    expect(session.isOutdated).toBe(false);
    answers["GET session"] = [200, { ...SESSION, version: "2" }];
    await session.load();
    expect(session.isOutdated).toBe(true);
    await session.load();
    expect(session.isOutdated).toBe(true);
  });

  it("is asked for until it is known, and says meanwhile why it is not", async () => {
    vi.useFakeTimers();
    answers["GET session"] = [503, { code: "database_unavailable", params: {}, detail: "-" }];
    const session = useSession();
    const found = session.find();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(session.trouble?.code).toBe("database_unavailable");
    answers["GET session"] = [200, SESSION];
    await vi.advanceTimersByTimeAsync(3_000);
    expect([await found, session.trouble, session.user?.name]).toEqual([true, null, "chen"]);
    vi.useRealTimers();
  });

  it("keeps what was chosen before signing in", async () => {
    answers["PATCH preferences"] = [200, { language: "en", theme: "system" }];
    const session = useSession();
    await session.choose({ language: "en" });
    expect([currentLocale(), sent]).toEqual(["en", []]);
    await session.signIn("chen", "secret");
    expect(sent.at(-1)).toEqual(["PATCH preferences", { language: "en" }]);
    expect(currentLocale()).toBe("en");
  });

  it("leaves nothing in the browser at its end", async () => {
    const session = useSession();
    await session.load();
    useDraft("note:1").value = "half a sentence";
    localStorage.setItem("ringer", "speaker");
    expect(useDraft("note:1").value).toBe("half a sentence");
    await session.signOut();
    expect([session.user, localStorage.length, sessionStorage.length]).toEqual([null, 0, 0]);
    expect(useDraft("note:1").value).toBe("");
  });
});
