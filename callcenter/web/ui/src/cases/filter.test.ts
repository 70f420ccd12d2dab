import { describe, expect, it, vi } from "vitest";
import { choiceOf, EVERY, queryOf, searchOf, SHOWN } from "./filter";

vi.mock("@/messages/values", () => ({ valuesOf: () => ["food_health", "manual"] }));

describe("which flags are shown", () => {
  it("are those that nobody has decided, where nothing is said", () => {
    expect(choiceOf({})).toEqual([EVERY, false]);
    expect(queryOf(EVERY)).toEqual({});
    expect(searchOf(EVERY)).toEqual({ state: null, undecided: true, overdue: false, trigger: null, unit_id: null });
  });

  it.each(SHOWN)("stand in the address and come back from it: %s", (show) => {
    const choice = { show, trigger: "manual", unit: 7 } as const;
    expect(choiceOf(queryOf(choice))).toEqual([choice, false]);
  });

  it("are of one state, late, or all", () => {
    const asked = (show: (typeof SHOWN)[number]) => {
      const { state, undecided, overdue } = searchOf({ ...EVERY, show });
      return [state, undecided, overdue];
    };
    expect(asked("proposed")).toEqual(["proposed", null, false]);
    expect(asked("overdue")).toEqual([null, null, true]);
    expect(asked("all")).toEqual([null, null, false]);
  });

  it.each([{ show: "some" }, { trigger: "x" }, { unit: "0" }, { state: "open" }])(
    "are not changed by %j, and the page says so",
    (query) => {
      expect(choiceOf(query as never)).toEqual([EVERY, true]);
    },
  );
});
