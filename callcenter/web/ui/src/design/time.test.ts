import { describe, expect, it } from "vitest";
import { i18n, setLocale } from "@/messages";
import { dayText, dueText, momentAt, momentText, runningText, shortText, spanText, timeText } from "./time";

const MOMENT = Date.UTC(2026, 10, 28, 6, 5, 9);

describe("time", () => {
  it.each([
    ["Asia/Shanghai", "zh-CN", "11-28 周六 14:05:09"],
    ["Asia/Shanghai", "en", "11-28 Sat 14:05:09"],
    ["America/New_York", "en", "11-28 Sat 01:05:09"],
  ])("in %s, %s: %s", (zone, locale, text) => {
    expect(momentText(MOMENT, zone, locale)).toBe(text);
  });

  it("begins a day with hour 00", () => {
    expect(timeText(Date.UTC(2026, 10, 28, 16, 0, 0), "Asia/Shanghai")).toBe("00:00:00");
  });

  it.each([
    [-1, "00:00"],
    [999, "00:00"],
    [192_000, "03:12"],
    [3_599_999, "59:59"],
    [3_792_000, "1:03:12"],
    [360_000_000, "100:00:00"],
  ])("%d ms run as %s", (milliseconds, text) => {
    expect(runningText(milliseconds)).toBe(text);
  });

  it.each([
    [0, "0秒", "0 s"],
    [48_000, "48秒", "48 s"],
    [192_000, "3分12秒", "3 min 12 s"],
    [180_000, "3分", "3 min"],
    [7_260_000, "2小时1分", "2 h 1 min"],
    [7_200_000, "2小时", "2 h"],
  ])("%d ms are %s or %s", (milliseconds, chinese, english) => {
    setLocale("zh-CN");
    expect(spanText(milliseconds, i18n.global.t)).toBe(chinese);
    setLocale("en");
    expect(spanText(milliseconds, i18n.global.t)).toBe(english);
  });

  it("leaves out the date of today, which is the hotline's", () => {
    const late = Date.UTC(2026, 10, 28, 17, 30);
    expect(shortText(late, MOMENT, "Asia/Shanghai")).toBe("11-29 01:30");
    expect(shortText(late, late, "Asia/Shanghai")).toBe("01:30");
    expect(shortText(late, MOMENT, "America/New_York")).toBe("12:30");
    expect(dayText(late, "Asia/Shanghai")).toBe("2026-11-29");
  });

  it.each([
    ["2026-11-28 14:05", "Asia/Shanghai", "2026-11-28T06:05:00.000Z"],
    ["2026-07-01 09:30", "America/New_York", "2026-07-01T13:30:00.000Z"],
    ["2026-12-01 09:30", "America/New_York", "2026-12-01T14:30:00.000Z"],
    ["2026-11-28", "Asia/Shanghai", null],
    ["2026-13-28 14:05", "Asia/Shanghai", null],
  ])("%s in %s is %s", (local, zone, moment) => {
    const found = momentAt(local, zone);
    expect(found === null ? null : new Date(found).toISOString()).toBe(moment);
  });

  it("shows a limit at midnight as the end of the day before", () => {
    const midnight = Date.parse("2026-12-09T16:00:00Z");
    expect([midnight, midnight + 1000].map((due) => dueText(due, "Asia/Shanghai", "zh-CN"))).toEqual([
      "12-09 周三 24:00",
      "12-10 周四 00:00:01",
    ]);
    expect(dueText(midnight, "Europe/London", "en")).toBe("12-09 Wed 16:00:00");
  });
});
