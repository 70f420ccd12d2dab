import { describe, expect, it } from "vitest";
import { numberOf } from "./ticketNumber";

describe("the number of a matter", () => {
  it("is typed as it is, in wide signs, or as the address of its page", () => {
    const typed = [" 12315-2026-00001 ", "１２３１５-2026-00001", "http://hotline/tickets/12315-2026-00001", "12315-2026-1", ""];
    const number = "12315-2026-00001";
    expect(typed.map(numberOf)).toEqual([number, number, number, null, null]);
  });
});
