import { afterEach, describe, expect, it, vi } from "vitest";
import { api, ApiError, onSignedOut, take } from "./client";

const signedOut = vi.fn();
onSignedOut(signedOut);

function answer(status: number, body: string, type = "application/problem+json"): void {
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response(body, { status, headers: { "Content-Type": type } })),
  );
}

const problem = (code: string, status: number, params = {}) =>
  JSON.stringify({ type: "about:blank", title: "-", status, detail: "A sentence.", code, params });

async function failure(): Promise<ApiError> {
  return take(api.GET("/api/v1/session")).then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as ApiError,
  );
}

describe("a call of the backend", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    signedOut.mockClear();
  });

  it("gives what was answered", async () => {
    answer(200, JSON.stringify({ name: "chen" }), "application/json");
    expect(await take(api.GET("/api/v1/session"))).toMatchObject({ name: "chen" });
  });

  it("fails with the code and its params", async () => {
    answer(429, problem("too_many_attempts", 429, { retry_after: 64 }));
    const error = await failure();
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      code: "too_many_attempts",
      status: 429,
      params: { retry_after: 64 },
      fields: [],
      message: "A sentence.",
    });
    expect(signedOut).not.toHaveBeenCalled();
  });

  it("tells when nobody is signed in any more", async () => {
    answer(401, problem("not_signed_in", 401));
    expect((await failure()).code).toBe("not_signed_in");
    expect(signedOut).toHaveBeenCalledOnce();
  });

  it.each([
    ["a page of a proxy", () => answer(502, "<html>Bad Gateway</html>", "text/html")],
    ["nothing", () => vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")))],
  ])("is unreachable when the answer is %s", async (_, prepare) => {
    prepare();
    expect((await failure()).code).toBe("unreachable");
  });
});
