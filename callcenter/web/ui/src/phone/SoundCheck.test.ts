import { flushPromises } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mounted } from "@/design/mounting";
import { usePhone } from "./phone";
import SoundCheck from "./SoundCheck.vue";

const sound = vi.hoisted(() => ({
  openMicrophone: vi.fn(),
  closeMicrophone: vi.fn(),
  playTestTone: vi.fn(() => Promise.resolve()),
  microphoneLevel: vi.fn<() => number | null>(() => 0),
}));
vi.mock("./sound", async (original) => ({ ...(await original<object>()), ...sound }));
const { MicrophoneError } = await import("./sound");

describe("SoundCheck", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    sessionStorage.clear();
    sound.openMicrophone.mockReset().mockResolvedValue(undefined);
    sound.microphoneLevel.mockReturnValue(0);
  });
  afterEach(() => {
    document.body.innerHTML = "";
    vi.useRealTimers();
  });

  async function opened() {
    const check = mounted(SoundCheck);
    await check.get("button").trigger("click");
    await flushPromises();
    return check;
  }

  const button = (check: Awaited<ReturnType<typeof opened>>, text: string) => {
    const found = check.findAll("button").find((one) => one.text() === text);
    if (found === undefined) throw new Error(`no button ${text}`);
    return found;
  };

  it("is passed by a microphone that moves and a tone that was heard, and by nothing less", async () => {
    const check = await opened();
    expect(button(check, "听到了，完成").attributes("disabled")).toBe("");
    sound.microphoneLevel.mockReturnValue(0.2);
    await vi.advanceTimersByTimeAsync(200);
    expect(check.text()).toContain("麦克风正常");
    expect(button(check, "听到了，完成").attributes("disabled")).toBe("");
    await button(check, "播放测试音").trigger("click");
    await flushPromises();
    await button(check, "听到了，完成").trigger("click");
    expect([check.emitted("passed"), usePhone().isChecked]).toEqual([[[]], true]);
  });

  it("takes a quiet room for no voice", async () => {
    const check = await opened();
    sound.microphoneLevel.mockReturnValue(0.002);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(check.text()).toContain("请说几句话");
  });

  it.each([
    ["microphone_refused", "浏览器不允许使用麦克风"],
    ["microphone_none", "没有找到麦克风"],
    ["microphone_busy", "被其他程序占用"],
  ] as const)("says what to do where the microphone is not to be had: %s", async (problem, text) => {
    sound.openMicrophone.mockRejectedValue(new MicrophoneError(problem));
    const check = await opened();
    expect(check.get("[role=alert]").text()).toContain(text);
    sound.openMicrophone.mockResolvedValue(undefined);
    await button(check, "再试一次").trigger("click");
    await flushPromises();
    expect(check.text()).toContain("请说几句话");
  });

  it("leaves no microphone open behind it", async () => {
    const check = await opened();
    sound.closeMicrophone.mockClear();
    check.unmount();
    expect(sound.closeMicrophone).toHaveBeenCalledOnce();
  });
});
