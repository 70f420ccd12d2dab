import { describe, expect, it } from "vitest";
import { byName, type CallerTicket } from "./callerTickets";

const ticket = (number: string, name: string | null) => ({ number, name }) as CallerTicket;

describe("the matters of a caller", () => {
  it("stand apart by the name that was given, and those without a name by themselves", () => {
    const all = [ticket("3", "张**"), ticket("2", "李**"), ticket("1", "张**"), ticket("0", null)];
    const found = byName(all).map(({ name, tickets }) => [name, tickets.map((one) => one.number)]);
    expect(found).toEqual([
      ["张**", ["3", "1"]],
      ["李**", ["2"]],
      [null, ["0"]],
    ]);
  });
});
