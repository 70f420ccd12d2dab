import { describe, expect, it } from "vitest";
import { sheetOf } from "./sheet";

const FROZEN = { inbound: { total: 2, answered: 2, queue_full: 0 }, callers: { lost: 0 }, calls: { lost: 0 }, frozen_at: null };

describe("the day sheet as it is shown", () => {
  it("has what became of answered calls, and of whose calls nobody said it", () => {
    const missing_by_agent = [
      { agent: "1001", calls: 2 },
      { agent: null, calls: 1 },
    ];
    const dispositions = { answered: 7, with_ticket: 3, with_reason: 1, missing: 3, missing_by_agent };
    expect(sheetOf({ ...FROZEN, dispositions })).toEqual({
      frozenAt: null,
      inbound: [
        ["total", 2],
        ["answered", 2],
      ],
      states: [{ name: "lost", callers: 0, calls: 0 }],
      answered: [
        ["answered", 7],
        ["with_ticket", 3],
        ["with_reason", 1],
        ["missing", 3],
      ],
      missing: missing_by_agent,
    });
  });

  it("says nothing of them for a day that was frozen before they were counted", () => {
    expect(sheetOf(FROZEN)).toMatchObject({ answered: [], missing: [] });
    expect(sheetOf({ ...FROZEN, dispositions: "x" })).toMatchObject({ answered: [], missing: [] });
  });
});
