import { describe, expect, it } from "vitest";
import { targetsOf, type Target } from "./goTo";

const PAGES = [
  { name: "desk", title: "坐席台" },
  { name: "calls", title: "通话" },
];
const page = (index: number): Target => ({ kind: "page", ...(PAGES[index] as (typeof PAGES)[number]) });

describe("where somebody wants to go", () => {
  it.each<[string, Target[]]>([
    ["", [page(0), page(1)]],
    ["通", [page(1)]],
    ["CAL", [page(1)]],
    ["nowhere", []],
    ["pbx1-1795395600.0", [{ kind: "call", pbx: "pbx1", id: "pbx1-1795395600.0" }]],
    [" north/pbx-2-1795395600.12 ", [{ kind: "call", pbx: "north", id: "pbx-2-1795395600.12" }]],
    ["/calls/pbx1/pbx1-3.0", [{ kind: "call", pbx: "pbx1", id: "pbx1-3.0" }]],
    ["138 1234 5678", [{ kind: "number", number: "138 1234 5678" }]],
    ["12a45", []],
  ])("%j", (typed, targets) => {
    expect(targetsOf(typed, PAGES, true)).toEqual(targets);
  });

  it.each(["12315-2026-00041", "2026-00041"])("is a matter by its number %s", (typed) => {
    const withTickets = [...PAGES, { name: "tickets", title: "诉求" }];
    expect(targetsOf(typed, withTickets, true)).toEqual([{ kind: "ticket", number: "12315-2026-00041" }]);
  });

  it("is no call and no number for whoever may see none", () => {
    expect(targetsOf("pbx1-3.0", PAGES, false)).toEqual([]);
    expect(targetsOf("13812345678", PAGES, false)).toEqual([]);
  });
});
