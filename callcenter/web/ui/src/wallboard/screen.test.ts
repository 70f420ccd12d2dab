import { flushPromises } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope } from "vue";
import { useScreen } from "./screen";

const SCREEN = { name: "大厅", queues: [], timezone: "Asia/Shanghai", server_time: "2026-11-28T06:05:09Z", version: "1" };
const json = (body: object, status: number) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const opened = () => Promise.resolve(json(SCREEN, 201));
const revoked = () =>
  Promise.resolve(json({ type: "about:blank", title: "-", status: 401, detail: "-", code: "screen_link_invalid", params: {} }, 401));
const away = () => Promise.reject(new TypeError("away"));

class Socket {
  static opened: Socket[] = [];
  isClosed = false;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly address: string;
  constructor(address: string) {
    this.address = address;
    Socket.opened.push(this);
  }
  close(): void {
    this.isClosed = true;
  }
}

describe("a screen on the wall", () => {
  let scope = effectScope();
  const asked = vi.fn<(request: Request) => Promise<Response>>();

  beforeEach(() => {
    vi.useFakeTimers();
    scope = effectScope();
    Socket.opened = [];
    asked.mockReset();
    vi.stubGlobal("fetch", asked);
    vi.stubGlobal("WebSocket", Socket);
  });
  afterEach(() => {
    scope.stop();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const begin = (secret: string) => scope.run(() => useScreen(secret)) as ReturnType<typeof useScreen>;

  it("sends the secret of its link and no address with it, and then follows the board", async () => {
    asked.mockImplementation(opened);
    const screen = begin("secret");
    await flushPromises();
    expect([screen.state.value, screen.screen.value]).toEqual(["open", SCREEN]);
    const request = asked.mock.calls[0]?.[0];
    expect(request?.url).not.toContain("secret");
    expect(await request?.clone().json()).toEqual({ secret: "secret" });
    expect(Socket.opened.map((socket) => socket.address)).toEqual(["/api/v1/wallboard/live"]);
  });

  it("asks what became of its link when the stream ends, and stops for good where it was revoked", async () => {
    asked.mockImplementationOnce(opened).mockImplementation(revoked);
    const screen = begin("secret");
    await flushPromises();
    Socket.opened[0]?.onclose?.({ code: 4401 });
    await flushPromises();
    expect(screen.state.value).toBe("revoked");
    await vi.advanceTimersByTimeAsync(600_000);
    expect([asked.mock.calls.length, Socket.opened.length]).toEqual([2, 1]);
  });

  it("tries again while nobody answers, and keeps what it shows", async () => {
    asked.mockImplementationOnce(away).mockImplementation(opened);
    const screen = begin("secret");
    await flushPromises();
    expect(screen.state.value).toBe("opening");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(screen.state.value).toBe("open");
    asked.mockImplementation(away);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(screen.state.value).toBe("open");
  });

  it("without a secret asks nobody", () => {
    expect(begin("").state.value).toBe("without_secret");
    expect(asked).not.toHaveBeenCalled();
  });
});
