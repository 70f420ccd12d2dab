import { expect, it } from "vitest";
import { dayText } from "@/design/time";
import { callsToday, partsOf, type History } from "./caller";

it("the key of a call is cut at its first slash: ids may hold more", () => {
  expect(["pbx1/1764.7", "pbx1/a/b"].map(partsOf)).toEqual([
    { pbx: "pbx1", call_id: "1764.7" },
    { pbx: "pbx1", call_id: "a/b" },
  ]);
});

it("calls of today are those of the hotline's day, and inbound ones", () => {
  const call = (started_at: string, direction = "inbound") => ({ started_at, direction });
  const history = {
    calls: [
      call("2026-11-28T06:00:00Z"),
      call("2026-11-27T16:00:00Z"),
      call("2026-11-27T15:59:59Z"),
      call("2026-11-28T05:00:00Z", "outbound"),
    ],
  } as unknown as History;
  const dayOf = (moment: string) => dayText(Date.parse(moment), "Asia/Shanghai");
  expect(callsToday(history, "2026-11-28", dayOf)).toBe(2);
});
