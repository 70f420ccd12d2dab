import { beforeEach, describe, expect, it } from "vitest";
import { keepReason, recentReasons, sentenceOf } from "./reasons";

describe("reasons", () => {
  beforeEach(() => localStorage.clear());

  it("are offered again, the newest first and each once, five of them", () => {
    for (const reason of ["a1", "b2", "c3", "d4", "e5", "f6", "c3"]) keepReason(reason);
    expect(recentReasons()).toEqual(["c3", "f6", "e5", "d4", "b2"]);
  });

  it.each(["not JSON", '{"a":1}', "[1,2]"])("that were spoilt are none: %s", (kept) => {
    localStorage.setItem("reasons", kept);
    expect(recentReasons()).toEqual([]);
  });

  it.each([
    ["  核实 \n 地址 ", "核实 地址"],
    ["x", null],
    ["   ", null],
    ["a\u0007b", null],
    ["x".repeat(201), null],
  ])("%j is %j", (typed, sentence) => expect(sentenceOf(typed)).toBe(sentence));
});
