import { describe, expect, it } from "vitest";
import { keptOf, shownOf, typedOf, type Answer, type Check } from "./kept";

const CHECK: Check = {
  item: 2,
  check: "进货票证",
  look: "来源合法、履行查验",
  basis: null,
  result: "pass",
  note: null,
  no_evidence_reason: null,
  answered_at: "2026-11-23T07:30:00.000Z",
  answered_by: "zhao",
  attachments: [],
  lack: null,
};
const FAIL: Answer = { key: "k", item: 2, result: "fail", note: "票据不全", answered_at: "2026-11-23T07:31:00.000Z" };

describe("what is kept of a patrol", () => {
  it("is nothing where the tab has something else", () => {
    for (const text of ["", "{", "{}", '{"answers": 1, "finishKey": "x"}']) expect(keptOf(text).answers).toEqual([]);
    expect(keptOf('{"answers": [], "finishKey": "x"}')).toEqual({ answers: [], typed: {}, finishKey: "x", offence: null });
  });

  it("stands before what the backend knows, and the last answer of an item counts", () => {
    expect(shownOf(CHECK, [], [])).toMatchObject({ result: "pass", isUnsent: false, lack: null });
    expect(shownOf(CHECK, [FAIL], [])).toMatchObject({ result: "fail", note: "票据不全", isUnsent: true, lack: "evidence" });
    expect(shownOf(CHECK, [FAIL, { ...FAIL, result: "na", note: null }], [])).toMatchObject({ result: "na", lack: null });
    expect(shownOf(CHECK, [{ ...FAIL, item: 3 }], [])).toMatchObject({ result: "pass", isUnsent: false });
  });

  it("lacks evidence until there is a file, sent or not, or a reason", () => {
    expect(shownOf(CHECK, [FAIL], ["a.jpg"]).lack).toBeNull();
    expect(shownOf(CHECK, [{ ...FAIL, no_evidence_reason: "不许拍照" }], []).lack).toBeNull();
    expect(shownOf({ ...CHECK, result: null }, [], ["a.jpg"])).toMatchObject({ lack: "answer", isUnsent: true });
  });

  it("begins with what is known, and never with a masked text", () => {
    const known = shownOf({ ...CHECK, note: "电话139****1111", no_evidence_reason: "不许拍照" }, [], []);
    expect(typedOf(known, undefined)).toEqual({ note: "", reason: "不许拍照" });
    expect(typedOf(known, { note: "改", reason: "" })).toEqual({ note: "改", reason: "" });
  });
});
