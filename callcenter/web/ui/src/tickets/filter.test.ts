import { describe, expect, it, vi } from "vitest";
import { choiceOf, EVERY, orderOf, queryOf, searchOf } from "./filter";

vi.mock("@/messages/values", () => ({
  valuesOf: (list: string) =>
    ({
      TicketKind: ["enquiry", "complaint"],
      TicketState: ["draft", "accepted"],
      Priority: ["P1", "P4"],
      TicketOrder: ["newest", "due"],
    })[list] ?? [],
}));

describe("which matters are shown", () => {
  it("are the open ones, what is due next first, where nothing is said", () => {
    expect(choiceOf({})).toEqual([EVERY, false]);
    expect(searchOf(EVERY)).toMatchObject({ open: true, order: "due", mine: false });
    expect(orderOf({ ...EVERY, open: "closed" })).toBe("newest");
  });

  it("stand in the address and come back from it", () => {
    const choice = {
      kind: "complaint",
      state: "accepted",
      open: "all",
      priority: "P4",
      unit: 7,
      mine: true,
      order: "newest",
    } as const;
    expect(choiceOf(queryOf(choice))).toEqual([choice, false]);
    expect(searchOf(choice)).toMatchObject({ unit_id: 7, open: null, order: "newest" });
    expect(queryOf(EVERY)).toEqual({});
  });

  it.each([{ kind: "murder" }, { unit: "0" }, { unit: "x" }, { open: "no" }, { caller: "13900001111" }])(
    "are not changed by %j, and the page says so",
    (query) => {
      expect(choiceOf(query as never)).toEqual([EVERY, true]);
    },
  );
});
