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

const MIDNIGHT = "00:00:00";

/** Making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timezone: string, locale: string): Intl.DateTimeFormat {
  const key = `${locale} ${timezone}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat(locale, { ...DAY_TO_SECOND, timeZone: timezone });
  formats.set(key, format);
  return format;
}

type Part = "month" | "day" | "weekday" | "hour" | "minute" | "second";

function partsOf(moment: number, timezone: string, locale: string): Record<Part, string> {
  const parts = formatOf(timezone, locale).formatToParts(moment);
  return Object.fromEntries(parts.map(({ type, value }) => [type, value])) as Record<Part, string>;
}

/** `11-28 周六 14:05:09`, in the time zone of the hotline whatever that of the browser. */
export function momentText(moment: number, timezone: string, locale: string): string {
  const { month, day, weekday } = partsOf(moment, timezone, locale);
  return `${month}-${day} ${weekday} ${timeText(moment, timezone)}`;
}

/** A limit. At midnight the day before it is over: `12-09 周三 24:00`, and nobody takes it for the day after. */
export function dueText(moment: number, timezone: string, locale: string): string {
  if (timeText(moment, timezone) !== MIDNIGHT) return momentText(moment, timezone, locale);
  const { month, day, weekday } = partsOf(moment - 1, timezone, locale);
  return `${month}-${day} ${weekday} 24:00`;
}

/** `14:05:09`. */
export function timeText(moment: number, timezone: string): string {
  const { hour, minute, second } = partsOf(moment, timezone, "en");
  return `${hour}:${minute}:${second}`;
}

/** `14:05` today, `11-28 14:05` on another day; `now` says which day today is. */
export function shortText(moment: number, now: number, timezone: string): string {
  const { month, day, hour, minute } = partsOf(moment, timezone, "en");
  const today = partsOf(now, timezone, "en");
  const isToday = month === today.month && day === today.day;
  return isToday ? `${hour}:${minute}` : `${month}-${day} ${hour}:${minute}`;
}

/** `2026-11-28`: the business day that a moment belongs to. */
export function dayText(moment: number, timezone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short" }).format(moment);
}

/**
 * The moment at which the hotline's clocks show `2026-11-28 14:05`, whatever the browser's zone; null where that is no
 * such text. What the offset of the zone is at a moment is known of its own clock alone, hence the second step.
 */
export function momentAt(local: string, timezone: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2})$/.exec(local);
  if (match === null) return null;
  const wanted = Date.parse(`${local.replace(" ", "T")}:00Z`);
  if (Number.isNaN(wanted)) return null;
  const offsetAt = (moment: number) => {
    const { hour, minute, second } = partsOf(moment, timezone, "en");
    return Date.parse(`${dayText(moment, timezone)}T${hour}:${minute}:${second}Z`) - Math.floor(moment / 1000) * 1000;
  };
  return wanted - offsetAt(wanted - offsetAt(wanted));
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
