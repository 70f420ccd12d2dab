/** Moments and spans as people read them. Pure; milliseconds since 1970 in, text out. */

const DAY_TO_SECOND: Intl.DateTimeFormatOptions = {
  month: "2-digit",
  day: "2-digit",
  weekday: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
};

type Part = "month" | "day" | "weekday" | "hour" | "minute" | "second";

function partsOf(moment: number, timezone: string, locale: string): Record<Part, string> {
  const parts = new Intl.DateTimeFormat(locale, { ...DAY_TO_SECOND, timeZone: timezone }).formatToParts(moment);
  return Object.fromEntries(parts.map(({ type, value }) => [type, value])) as Record<Part, string>;
}

/** `11-28 周六 14:05:09`, in the time zone of the hotline whatever that of the browser. */
export function momentText(moment: number, timezone: string, locale: string): string {
  const { month, day, weekday } = partsOf(moment, timezone, locale);
  return `${month}-${day} ${weekday} ${timeText(moment, timezone)}`;
}

/** `14:05:09`. */
export function timeText(moment: number, timezone: string): string {
  const { hour, minute, second } = partsOf(moment, timezone, "en");
  return `${hour}:${minute}:${second}`;
}

/** `2026-11-28`, of that time zone. */
export function dayText(moment: number, timezone: string): string {
  return new Intl.DateTimeFormat("sv", { dateStyle: "short", timeZone: timezone }).format(moment);
}

export interface Span {
  hours: number;
  minutes: number;
  seconds: number;
}

/** Whole seconds, nothing below zero: a clock that is a little behind shows no negative wait. */
export function spanOf(milliseconds: number): Span {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  return { hours: Math.floor(whole / 3600), minutes: Math.floor((whole % 3600) / 60), seconds: whole % 60 };
}

const two = (number: number) => String(number).padStart(2, "0");

/** What runs: `03:12`, from an hour on `1:03:12`. */
export function runningText(milliseconds: number): string {
  const { hours, minutes, seconds } = spanOf(milliseconds);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`;
}

/** What is over: `3分12秒`, with the words of `t`. Without seconds from an hour on. */
export function spanText(milliseconds: number, t: (key: string, values: Record<string, number>) => string): string {
  const { hours, minutes, seconds } = spanOf(milliseconds);
  const parts = [
    hours > 0 ? t("design.hoursShort", { hours }) : "",
    minutes > 0 ? t("design.minutesShort", { minutes }) : "",
    hours === 0 && (seconds > 0 || minutes === 0) ? t("design.secondsShort", { seconds }) : "",
  ];
  return parts.join("").trim();
}
