import { describe, expect, it } from "vitest";
import { mounted } from "./mounting";
import StateBadge from "./StateBadge.vue";
import { SHAPES, stateOfSeat } from "./states";

describe("StateBadge", () => {
  it.each([
    ["available", "● 空闲"],
    ["ringing", "◍ 振铃"],
    ["paused", "❚❚ 示忙"],
    ["unknown", "▨ 未知"],
  ])("%s has a colour of its own, a shape and a word", (state, text) => {
    const badge = mounted(StateBadge, { state });
    expect(badge.text().replace(/\s+/g, " ")).toBe(text);
    expect(badge.classes()).toContain(state);
    expect(badge.get("[aria-hidden]").text()).toBe(text.split(" ")[0]);
  });

  it("takes another word", () => {
    expect(mounted(StateBadge, { state: "paused", word: "用餐" }).text()).toContain("用餐");
  });

  it("has no two states of one shape", () => {
    expect(new Set(Object.values(SHAPES)).size).toBe(Object.keys(SHAPES).length);
  });
});

describe("the state of a seat", () => {
  it.each([
    ["on_hold", "talking"],
    ["unreachable", "alarming"],
    ["a state of tomorrow", "unknown"],
    ["constructor", "unknown"],
  ])("%s is shown as %s", (seat, state) => {
    expect(stateOfSeat(seat)).toBe(state);
  });
});
