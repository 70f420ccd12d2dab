import { describe, expect, it } from "vitest";
import { i18n, setLocale } from "@/messages";
import "@/messages/board";
import "@/messages/pages";
import { exampleBoard, NOW } from "./example";
import type { Board } from "./figures";
import openapi from "../api/made/openapi.json";
import { tilesOf, toneOfWait, waitText, type Shown, type Translate } from "./tiles";

const t: Translate = (key, values) => i18n.global.t(key, values ?? {});
const THRESHOLDS = { yellow: 15, red: 60 };

function shown(board: Board, changes: Partial<Shown> = {}) {
  setLocale("zh-CN");
  return tilesOf({ board, queues: [], now: NOW, thresholds: THRESHOLDS, mostParts: 2, ...changes }, t);
}

const rows = (board: Board, changes: Partial<Shown> = {}) =>
  shown(board, changes).map(({ name, value, unit, detail, parts, tone }) => [
    name,
    `${value}${unit ?? ""}`,
    detail + (parts ?? []).map((part) => `${part.name} ${part.count}`).join(" · "),
    tone,
  ]);

describe("the words of the tiles", () => {
  it("are there for every kind of missed call and every state", () => {
    const lists = openapi.components.schemas as unknown as Record<string, { enum?: string[] }>;
    const kinds = (lists["Outcome"]?.enum ?? []).filter((outcome) => outcome !== "answered");
    const states = ["unknown", ...(lists["SeatState"]?.enum ?? [])];
    expect([kinds.length > 10, states.length > 5]).toEqual([true, true]);
    const keys = [...kinds.map((kind) => `missedKinds.${kind}`), ...states.map((state) => `states.${state}`)];
    expect(keys.filter((key) => !i18n.global.te(`wallboard.${key}`))).toEqual([]);
  });
});

describe("the tiles", () => {
  it("are eight, each with what it is made of", () => {
    expect(rows(exampleBoard())).toEqual([
      ["waiting", "3", "hotline 2 · advice 1", "alarming"],
      ["longestWait", "01:02", "超过 60 秒", "alarming"],
      ["talking", "2", "", "plain"],
      ["idle", "1/5", "未注册 1 · 其他 4", "plain"],
      ["serviceLevel", "88.8%", "71/80", "plain"],
      ["answered", "73", "来电 80", "plain"],
      ["missed", "7", "放弃 4 · 其他 3", "plain"],
      ["callbacks", "7", "逾期 2", "alarming"],
    ]);
  });

  it("are of one queue where one is chosen, and say nothing where nothing was", () => {
    const [waiting, longest, , , level, , missed] = rows(exampleBoard(), { queues: ["quiet"] });
    expect(waiting).toEqual(["waiting", "0", "", "plain"]);
    expect(longest).toEqual(["longestWait", "00:00", "", "plain"]);
    expect(level).toEqual(["serviceLevel", "0/0", "尚无来电", "plain"]);
    expect(missed).toEqual(["missed", "0", "", "plain"]);
  });

  it("leave out no caller who waits, however many queues there are", () => {
    const [caller] = Object.values(exampleBoard().calls.waiting);
    const queues = ["a", "b", "b", "c", "d", "d", "d", "e"];
    const waiting = Object.fromEntries(queues.map((queue, place) => [`pbx1/${place}`, { ...caller, queue }])) as Board["calls"]["waiting"];
    const calls = { ...exampleBoard().calls, waiting };
    expect(rows(exampleBoard({ calls }))[0]?.slice(1, 3)).toEqual(["8", "d 3 · b 2 · 其他 3"]);
  });

  it("are as old as their group, each for itself", () => {
    const calls = { ...exampleBoard().calls, as_of: "2026-11-28T06:05:03Z" };
    const callbacks = { ...exampleBoard().callbacks, as_of: null };
    const ages = shown(exampleBoard({ calls, callbacks })).map(({ name, freshness }) => [name, freshness.isOld]);
    expect(ages.filter(([, isOld]) => isOld).map(([name]) => name)).toEqual(["waiting", "longestWait", "talking", "callbacks"]);
  });

  it("let no wait run on that nobody hears any more", () => {
    const calls = { ...exampleBoard().calls, as_of: "2026-11-28T06:05:03Z" };
    const longest = (now: number) => shown(exampleBoard({ calls }), { now })[1];
    expect(longest(NOW)?.value).toBe("00:56");
    expect(longest(NOW + 60_000)?.value).toBe("00:56");
  });

  it("say of what they are where one queue is chosen and they are of all", () => {
    expect(rows(exampleBoard(), { queues: ["hotline"] })[7]).toEqual(["callbacks", "7", "全部队列 · 逾期 2", "alarming"]);
  });

  it("know of no free agent while nobody hears the PBX", () => {
    const { agents } = exampleBoard();
    const seats = Object.fromEntries(
      Object.entries(agents.seats).map(([key, seat]) => [key, { ...seat, state: "unknown" as const }]),
    );
    const idle = shown(exampleBoard({ agents: { ...agents, is_blind: true, seats } }))[3];
    expect([idle?.value, idle?.freshness.isOld]).toEqual([null, true]);
  });

  it.each([
    [14_999, "plain"],
    [15_000, "warning"],
    [60_000, "alarming"],
  ])("a wait of %i ms is %s", (milliseconds, tone) => {
    expect(toneOfWait(milliseconds, THRESHOLDS)).toBe(tone);
  });

  it.each([
    [-1, { value: "00:00" }],
    [192_000, { value: "03:12" }],
    [3_792_000, { value: "63:12" }],
    [6_000_000, { value: "99+", unit: "分" }],
  ])("a wait of %i ms is written %j", (milliseconds, text) => {
    setLocale("zh-CN");
    expect(waitText(milliseconds, t)).toEqual(text);
  });
});
