/** How long a past call was, in words: what was talked, else how long the caller waited for it. Pure. */
import type { Schemas } from "@/api/client";
import { spanText } from "./time";

type Lengths = Pick<Schemas["PastCallView"], "longest_talk_seconds" | "wait_seconds">;

/** Whether somebody talked. The backend says 0 of a call in which nobody did. */
export function wasTalk(call: Lengths): boolean {
  return (call.longest_talk_seconds ?? 0) > 0;
}

/** Empty for a call that was neither. */
export function lengthText(call: Lengths, t: (key: string, values: Record<string, string | number>) => string): string {
  const time = (seconds: number) => spanText(seconds * 1000, t);
  if (wasTalk(call)) return time(call.longest_talk_seconds ?? 0);
  const waited = call.wait_seconds ?? 0;
  return waited >= 1 ? t("design.waited", { time: time(waited) }) : "";
}
