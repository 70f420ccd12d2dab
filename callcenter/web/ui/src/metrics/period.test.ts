import { expect, it } from "vitest";
import { choiceOf, daysOf, percentText, periodOf, queryOf, PERIODS } from "./period";

it.each([
  ["2026-11-23", [["2026-11-01", "2026-11-23"], ["2026-10-01", "2026-10-31"], ["2026-07-01", "2026-09-30"], ["2026-01-01", "2026-11-23"], ["2025-01-01", "2025-12-31"]]],
  ["2024-03-31", [["2024-03-01", "2024-03-31"], ["2024-02-01", "2024-02-29"], ["2023-10-01", "2023-12-31"], ["2024-01-01", "2024-03-31"], ["2023-01-01", "2023-12-31"]]],
  ["2026-01-01", [["2026-01-01", "2026-01-01"], ["2025-12-01", "2025-12-31"], ["2025-10-01", "2025-12-31"], ["2026-01-01", "2026-01-01"], ["2025-01-01", "2025-12-31"]]],
])("on %s the periods have their days", (today, wanted) => {
  expect(PERIODS.map((one) => Object.values(daysOf(one, today)))).toEqual(wanted);
});

it("an address says days and unit, and what it cannot mean is this month of all units", () => {
  const chosen = { from: "2026-10-01", to: "2026-10-31", unit: 7 };
  expect([choiceOf(queryOf(chosen), "2026-11-23"), periodOf(chosen, "2026-11-23"), periodOf({ ...chosen, to: "2026-10-30" }, "2026-11-23")]).toEqual([
    chosen,
    "lastMonth",
    null,
  ]);
  expect(choiceOf({ from: "1.10.", to: "2026-10-31", unit: "-1" }, "2026-11-23")).toEqual({ from: "2026-11-01", to: "2026-11-23", unit: null });
});

it("a share has one digit after the point, and none where there was nothing", () => {
  expect([percentText(0.9985), percentText(1), percentText(0), percentText(null)]).toEqual(["99.9", "100.0", "0.0", null]);
});
