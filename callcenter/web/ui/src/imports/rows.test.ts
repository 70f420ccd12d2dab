import { describe, expect, it } from "vitest";
import { detailOf, progressOf, twinsOf, verdictOf, type Row } from "./rows";

const t = (key: string, values?: Record<string, string | number>) => [key, ...Object.values(values ?? {})].join(" ");
const row = (part: Partial<Row>): Row => ({
  line: 2,
  status: "new",
  platform_number: "A1",
  field: null,
  problem: null,
  changes: [],
  kept: [],
  result: null,
  ...part,
});
const counts = (given: [number, number, number, number]) => {
  const [made, changed, same, error] = given;
  return { new: made, changed, same, error };
};

describe("a row of an import", () => {
  it("says what is wrong in which cell, else what it changes and what stays", () => {
    const rows = [
      row({}),
      row({ status: "error", field: "kind", problem: "unknown_kind" }),
      row({ status: "error", problem: "twice" }),
      row({ changes: ["title", "facts"], kept: ["feedback"] }),
    ];
    expect(rows.map((one) => detailOf(one, t))).toEqual([
      "",
      "imports.problem enums.PlatformField.kind enums.RowProblem.unknown_kind",
      "enums.RowProblem.twice",
      "imports.changes casework.fields.titleimports.andcasework.fields.facts · imports.kept casework.fields.feedback",
    ]);
  });
});

describe("an import", () => {
  it("counts rows that can be taken in, and those that are", () => {
    const results = { made: 2, changed: 1, kept: 1, same: 3 };
    expect(progressOf({ rows: counts([4, 3, 5, 9]), results })).toEqual({ done: 7, whole: 12 });
  });

  it("is confirmed where it would change something, and only before that", () => {
    const verdicts = [[1, 0, 5, 2], [0, 1, 0, 0], [0, 0, 5, 2], [0, 0, 0, 2]].map((rows) =>
      verdictOf({ state: "checked", rows: counts(rows as [number, number, number, number]) }),
    );
    expect(verdicts).toEqual(["confirm", "confirm", "nothing", "onlyErrors"]);
    expect(verdictOf({ state: "applied", rows: counts([1, 0, 0, 0]) })).toBeNull();
  });

  it("knows others of the same bytes", () => {
    const all = [3, 2, 1].map((id) => ({ id, sha256: id === 2 ? "b" : "a" }));
    expect(twinsOf({ id: 3, sha256: "a" }, all)).toEqual([1]);
  });
});
