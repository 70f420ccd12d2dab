import { describe, expect, it } from "vitest";
import { faultsOfConsents, isFaultless, memberOf, type TypedConsent } from "./consents";

const ZONE = "Asia/Shanghai";
const MADE = Date.parse("2026-11-29T06:05:09.120Z");
const row = (ticket: string, at = "2026-11-28 14:05"): TypedConsent => ({ key: 1, madeAt: MADE, ticket, at, by: "call" });

describe("consents to a joint complaint", () => {
  it("name complaints, each once, and a moment", () => {
    const faults = faultsOfConsents([row("12315-2026-00001"), row("/tickets/12315-2026-00001"), row("x", "soon")], ZONE);
    expect(faults).toEqual([
      {},
      { ticket: "tickets.groups.twice" },
      { ticket: "tickets.merging.badNumber", at: "tickets.faults.moment" },
    ]);
    expect([isFaultless(faults), isFaultless(faults.slice(0, 1))]).toEqual([false, true]);
  });

  it("are sent with the number and the moment in UTC", () => {
    expect(memberOf(row("/tickets/12315-2026-00001"), ZONE)).toEqual({
      ticket: "12315-2026-00001",
      consented_at: "2026-11-28T06:05:00.000Z",
      consented_by: "call",
    });
  });

  it("are of the very moment where nobody typed another one", () => {
    expect(memberOf(row("12315-2026-00001", "2026-11-29 14:05"), ZONE).consented_at).toBe("2026-11-29T06:05:09.120Z");
  });
});
