import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import { together } from "./hours";

const hours = (as_of: string, usual_days: number, ...rows: [number | null, number | null, number | null][]): Schemas["BoardHoursView"] => ({
  day: "2026-11-28",
  queue: null,
  as_of,
  usual_days,
  hours: rows.map(([offered, missed, usual_offered], hour) => ({ hour, offered, missed, usual_offered })),
});

describe("hours of several queues", () => {
  it("are added, as old as the oldest, and unknown where one is", () => {
    const one = hours("2026-11-28T06:05:08Z", 4, [3, 1, 2.5], [null, null, 1]);
    const other = hours("2026-11-28T06:05:01Z", 4, [2, 0, null], [null, null, 2]);
    expect(together([one, other])).toEqual({
      asOf: "2026-11-28T06:05:01Z",
      usualDays: 4,
      hours: [
        { hour: 0, offered: 5, missed: 1, usual: null },
        { hour: 1, offered: null, missed: null, usual: 3 },
      ],
    });
  });

  it("of one are those of it", () => {
    expect(together([hours("2026-11-28T06:05:08Z", 8, [0, 0, 1.5])]).hours).toEqual([{ hour: 0, offered: 0, missed: 0, usual: 1.5 }]);
  });
});
