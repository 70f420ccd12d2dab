import { describe, expect, it } from "vitest";
import type { Code } from "@/casework/codes";
import { faultsOfCode, followersOf, isDayFrom, standingOf } from "./codeForm";

const TODAY = "2026-11-28";
const code = (name: string, valid_from: string, valid_to: string | null): Code => ({
  axis: "goods",
  code: name,
  name,
  parent: null,
  valid_from,
  valid_to,
  source: "表",
  maps_to: [],
});

describe("a code", () => {
  it("is in use on its days, both included", () => {
    const first = code("a", "2026-01-01", null);
    const codes = [
      first,
      code("b", TODAY, TODAY),
      code("c", "2026-01-01", "2026-11-27"),
      code("d", "2026-11-29", null),
    ];
    expect(codes.map((one) => standingOf(one, TODAY))).toEqual(["inUse", "endsLater", "ended", "future"]);
    expect(followersOf(codes, first).map((one) => one.code)).toEqual(["d"]);
  });

  it("that is typed has a word, a name, a day that is not past, and a source", () => {
    const typed = { code: "infant_food", name: "婴幼儿食品", parent: "", from: TODAY, source: "国家标准" };
    expect(faultsOfCode(typed, TODAY)).toEqual({});
    expect(faultsOfCode({ code: "Infant", name: " ", parent: "", from: "2026-11-27", source: "表" }, TODAY)).toEqual({
      code: "codes.faults.code",
      name: "codes.faults.name",
      from: "codes.faults.day",
      source: "codes.faults.source",
    });
    expect(isDayFrom("tomorrow", TODAY)).toBe(false);
  });
});
