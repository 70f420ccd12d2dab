import { describe, expect, it } from "vitest";
import { isMeant, validOn, type Code } from "./codes";
import { leftText, urgencyOf } from "./due";
import { initialsOf } from "./initials";
import { centsOf, yuanOf } from "./money";

const HOUR = 3_600_000;
const code = (name: string, from: string, to: string | null): Code => ({
  axis: "goods",
  code: "special_food",
  name,
  parent: null,
  valid_from: from,
  valid_to: to,
  source: "-",
  maps_to: [],
});

describe("pinyin initials", () => {
  it.each([
    ["食品安全", "spaq"],
    ["家用电器", "jydq"],
    ["预付卡（健身）", "yfk(js)"],
    ["Ａ类商品", "alsp"],
  ])("of %s are %s", (text, initials) => {
    expect(initialsOf(text)).toBe(initials);
  });

  it("find a code as its name and the beginning of the code itself do", () => {
    const one = code("特殊食品", "2026-01-01", null);
    expect(["ts", "sp", "特殊", "SPECIAL", ""].map((typed) => isMeant(one, typed))).toEqual([true, true, true, true, true]);
    expect(isMeant(one, "yp")).toBe(false);
  });

  it("are looked for among the codes of the day", () => {
    const codes = [code("旧", "2020-01-01", "2026-04-14"), code("新", "2026-04-15", null)];
    expect(validOn(codes, "2026-04-14").map((one) => one.name)).toEqual(["旧"]);
    expect(validOn(codes, "2026-04-15").map((one) => one.name)).toEqual(["新"]);
  });
});

describe("what is left of a time limit", () => {
  const t = (_: string, values: Record<string, number>) => `${values["days"]}d${values["hours"]}h`;

  it("is soon over within a day, and late from its moment on", () => {
    expect([25 * HOUR, 24 * HOUR, 1, 0, -1].map((left) => urgencyOf(left, 0))).toEqual([
      "fine",
      "soon",
      "soon",
      "late",
      "late",
    ]);
  });

  it("runs within a day and is counted in days beyond, before and after", () => {
    expect([90_000, 24 * HOUR, 50 * HOUR].map((left) => leftText(left, 0, t))).toEqual(["01:30", "1d0h", "2d2h"]);
    expect(leftText(0, 50 * HOUR, t)).toBe("2d2h");
  });
});

describe("amounts", () => {
  it.each([
    ["200", 20_000],
    ["19.9", 1_990],
    ["1,299.05", 129_905],
    ["２００", 20_000],
    ["0.01", 1],
    ["", null],
    ["-1", null],
    ["1.005", null],
    ["1e3", null],
  ])("%s are %s cents", (yuan, cents) => {
    expect(centsOf(yuan)).toBe(cents);
  });

  it("are shown as they are typed", () => {
    expect([null, 20_000, 1_990].map(yuanOf)).toEqual(["", "200", "19.90"]);
  });
});
