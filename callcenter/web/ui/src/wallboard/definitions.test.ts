import { flushPromises } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";
import { mounted } from "@/design/mounting";
import { i18n, setLocale } from "@/messages";
import { exampleBoard, NOW } from "./example";
import { tilesOf } from "./tiles";

const FORMULA = "answered within 15 s of entering the queue / offered";

function answer(version: number) {
  const items = [{ name: "service_level_15", of: "calls", formula: FORMULA, unit: "share" }];
  return new Response(JSON.stringify({ items, next: null, version }), { headers: { "Content-Type": "application/json" } });
}

async function defined(tile: string, response: () => Promise<Response>): Promise<string> {
  vi.resetModules();
  vi.stubGlobal("fetch", vi.fn(response));
  const { useDefinitions } = await import("./definitions");
  const Shown = defineComponent({
    setup() {
      const define = useDefinitions();
      return () => h("p", define(tile));
    },
  });
  const shown = mounted(Shown);
  await flushPromises();
  return shown.text();
}

describe("what a figure means", () => {
  beforeEach(() => setLocale("zh-CN"));
  afterEach(() => vi.unstubAllGlobals());

  it("is said in the page's language as long as the backend defines it so", async () => {
    expect(await defined("serviceLevel", async () => answer(1))).toMatch(/^进入队列 15 秒内接通.*口径第 1 版/);
  });

  it("is said as the backend says it once that defines it otherwise", async () => {
    expect(await defined("serviceLevel", async () => answer(2))).toBe(`${FORMULA} (口径第 2 版)`);
  });

  it("is said also while the backend is away", async () => {
    expect(await defined("serviceLevel", () => Promise.reject(new TypeError("away")))).toMatch(/口径第 1 版/);
  });

  it("is there for every tile", async () => {
    const { NAMES } = await import("./definitions");
    const shown = { board: exampleBoard(), queues: [], now: NOW, thresholds: { yellow: 15, red: 60 }, mostParts: 2 };
    const tiles = [...tilesOf(shown, (key) => key).map((tile) => tile.name), "arrivals", "zeroMiss"];
    const keys = tiles.map((tile) => (NAMES[tile] ? `definitions.of1.${NAMES[tile]}` : `definitions.board.${tile}`));
    expect(keys.filter((key) => !i18n.global.te(key))).toEqual([]);
  });
});
