import { mount } from "@vue/test-utils";
import { beforeEach, describe, expect, it } from "vitest";
import { setTimezone } from "@/design/clock";
import { i18n, setLocale } from "@/messages";
import "@/messages/calls";
import "@/messages/pages";
import CallTimeline from "./CallTimeline.vue";
import type { CallRecord } from "./timeline";

const RECORD = {
  direction: "inbound",
  started_at: "2026-11-23T01:00:00.000Z",
  ended_at: "2026-11-23T01:02:00.000Z",
  outcome: "answered",
  voicemail: null,
  queue_visits: [
    {
      queue: "hotline",
      joined_at: "2026-11-23T01:00:05.000Z",
      left_at: "2026-11-23T01:00:38.000Z",
      exit: "connected",
      rings: [{ agent: "1001", at: "2026-11-23T01:00:08.000Z", seconds: 30, result: "answered" }],
    },
  ],
  talks: [{ with: "1001", kind: "agent", from: "2026-11-23T01:00:38.000Z", to: "2026-11-23T01:02:00.000Z" }],
} as unknown as CallRecord;

const PEOPLE = [
  { device: "1001", user: "chen", display_name: "陈丽" },
  { device: "1009", user: "wang", display_name: null },
];

function draw(people: typeof PEOPLE = []) {
  const props = { record: RECORD, now: Date.parse("2026-11-23T02:00:00Z"), people };
  return mount(CallTimeline, { props, global: { plugins: [i18n] }, attachTo: document.body });
}

describe("the timeline of a call", () => {
  beforeEach(() => {
    setLocale("zh-CN");
    setTimezone("Asia/Shanghai");
  });

  it("says in a table what it draws", () => {
    const lines = draw().findAll("tbody tr").map((line) => line.findAll("td").map((cell) => cell.text()));
    expect(lines).toEqual([
      ["09:00:00", "来电方", "公告", "5秒"],
      ["09:00:05", "来电方", "排队 hotline → 已接通", "33秒"],
      ["09:00:08", "1001", "响铃 (已接听)", "30秒"],
      ["09:00:38", "1001", "与 1001 通话", "1分22秒"],
    ]);
  });

  it("names those who sat at the devices", () => {
    const who = draw(PEOPLE).findAll("tbody tr").slice(2).map((line) => line.findAll("td").slice(1, 3).map((cell) => cell.text()));
    expect(who).toEqual([
      ["1001 陈丽", "响铃 (已接听)"],
      ["1001 陈丽", "与 1001 陈丽 通话"],
    ]);
  });

  it("is walked with the arrows and stops at its ends", async () => {
    const timeline = draw();
    const focused = () => document.activeElement?.getAttribute("aria-label");
    const lanes = timeline.get(".lanes");
    await lanes.trigger("keydown", { key: "ArrowRight" });
    await timeline.vm.$nextTick();
    expect(focused()).toBe("来电方: 排队 hotline → 已接通, 09:00:05, 33秒");
    for (let count = 0; count < 5; count++) await lanes.trigger("keydown", { key: "ArrowRight" });
    await timeline.vm.$nextTick();
    expect(focused()).toBe("1001: 与 1001 通话, 09:00:38, 1分22秒");
    expect(timeline.findAll("button[tabindex='0']")).toHaveLength(1);
    await timeline.get("[data-bar='3']").trigger("click");
    expect(timeline.emitted("choose")).toEqual([[Date.parse("2026-11-23T01:00:38.000Z")]]);
  });
});
