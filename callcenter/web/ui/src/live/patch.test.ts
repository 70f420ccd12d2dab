import { describe, expect, it } from "vitest";
import { applied, PatchError, type Change } from "./patch";

describe("a document after changes", () => {
  const document = { calls: { up: { "pbx1/1": { state: "up" } } }, queues: ["a"], day: "2026-11-28" };

  it.each<[string, Change[], unknown]>([
    ["nothing", [], document],
    ["replace", [{ op: "replace", path: "/day", value: null }], { ...document, day: null }],
    ["a list is replaced whole", [{ op: "replace", path: "/queues", value: [] }], { ...document, queues: [] }],
    [
      "a name with a slash and a tilde",
      [
        { op: "remove", path: "/calls/up/pbx1~11" },
        { op: "add", path: "/calls/up/a~0b", value: 1 },
      ],
      { ...document, calls: { up: { "a~b": 1 } } },
    ],
    ["the empty name", [{ op: "add", path: "/", value: 1 }], { ...document, "": 1 }],
    [
      "one upon the other",
      [
        { op: "add", path: "/calls/waiting", value: {} },
        { op: "add", path: "/calls/waiting/x", value: { since: 1 } },
        { op: "replace", path: "/calls/waiting/x/since", value: 2 },
      ],
      { ...document, calls: { ...document.calls, waiting: { x: { since: 2 } } } },
    ],
  ])("%s", (_, changes, after) => {
    const before = structuredClone(document);
    expect(applied(document, changes)).toEqual(after);
    expect(document).toEqual(before);
  });

  it.each<[string, Change]>([
    ["replace of nothing", { op: "replace", path: "/nothing", value: 1 }],
    ["remove of nothing", { op: "remove", path: "/calls/down" }],
    ["below nothing", { op: "add", path: "/nothing/deeper", value: 1 }],
    ["below a value", { op: "add", path: "/day/deeper", value: 1 }],
    ["below a list", { op: "add", path: "/queues/0", value: 1 }],
    ["no path", { op: "add", path: "day", value: 1 }],
  ])("refuses: %s", (_, change) => {
    expect(() => applied(document, [change])).toThrow(PatchError);
  });

  it("keeps what did not change", () => {
    const after = applied(document, [{ op: "replace", path: "/day", value: "2026-11-29" }]);
    expect(after.calls).toBe(document.calls);
  });

  it("makes members of names that objects have by themselves", () => {
    const after = applied<Record<string, unknown>>({}, [{ op: "add", path: "/__proto__", value: { a: 1 } }]);
    expect(Object.getOwnPropertyNames(after)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });
});
