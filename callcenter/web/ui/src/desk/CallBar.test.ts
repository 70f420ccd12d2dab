import { describe, expect, it } from "vitest";
import { mounted } from "@/design/mounting";
import CallBar from "./CallBar.vue";

const PROPS = {
  state: "talking",
  since: "2026-11-28T06:05:00Z",
  isMuted: false,
  pending: null,
  failed: null,
  warning: null,
  who: "138****5678",
  queue: "hotline",
  level: 0.1,
};
const bar = (more: object) => mounted(CallBar, { ...PROPS, ...more });
const buttons = (more: object) => bar(more).findAll(".buttons button").map((button) => button.text());

describe("CallBar", () => {
  it.each<[string, string[]]>([
    ["ringing", ["接听 F2", "忽略 F4"]],
    ["dialling", ["挂断 F4"]],
    ["talking", ["保持 F8", "静音 F9", "转接", "键盘", "挂断 F4"]],
    ["held", ["取回 F8", "静音 F9", "转接", "键盘", "挂断 F4"]],
    ["consulting", ["完成转接", "返回来电方"]],
  ])("%s has the buttons that work then", (state, wanted) => {
    expect(buttons({ state })).toEqual(wanted);
  });

  it("offers a mediation where one can be begun, and is the way to the one that goes on", () => {
    expect(buttons({ canMediate: true })).toEqual(["保持 F8", "静音 F9", "转接", "三方调解", "键盘", "挂断 F4"]);
    expect(buttons({ mediation: 7 })).toEqual(["静音 F9", "键盘", "挂断 F4"]);
    expect(bar({ mediation: 7 }).get(".room").text()).toBe("打开调解");
    expect(bar({ refusal: "坐席或来电已在调解中。" }).get("[role=alert]").text()).toBe("▲ 坐席或来电已在调解中。");
  });

  it("tells each button's click", async () => {
    const found = bar({});
    for (const button of found.findAll(".buttons button")) await button.trigger("click");
    expect(found.emitted()).toMatchObject({ hold: [[]], mute: [[]], transfer: [[]], hangUp: [[]] });
  });

  it("shows that it waits for the PBX", () => {
    expect(bar({ pending: "hold" }).findAll("button.is-loading").map((button) => button.text())).toEqual(["保持 F8"]);
  });

  it("says that the agent is muted, and that talking is not heard", () => {
    const muted = bar({ isMuted: true, warning: "talking_while_muted" });
    expect(muted.get(".muted").text()).toBe("已静音");
    expect(muted.get("[aria-pressed=true]").text()).toBe("取消静音 F9");
    expect(muted.get("[role=alert]").text()).toContain("您已静音，对方听不到");
  });

  it("says what did not work", () => {
    expect(bar({ failed: "transfer" }).get("[role=alert]").text()).toContain("转接没有成功");
  });

  it("completes a transfer only to a colleague who has answered", () => {
    const complete = (canComplete: boolean) =>
      bar({ state: "consulting", canComplete }).get(".buttons button").attributes("disabled");
    expect([complete(false), complete(true)]).toEqual(["", undefined]);
  });

  it("names a colleague where there is no caller, and nobody while it rings and is not known yet", () => {
    expect(bar({ who: undefined, state: "ringing" }).text()).not.toContain("同事");
    expect(bar({ who: undefined }).text()).toContain("同事");
    expect(bar({ who: null }).text()).toContain("号码隐藏");
  });
});
