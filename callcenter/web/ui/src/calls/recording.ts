/** Which files of a recording are played together, and the moments of the call in them. Pure. */
import type { Schemas } from "@/api/client";
import type { Bar } from "./timeline";

export type RecordingFile = Schemas["RecordingView"];

/** Both sides apart where both are there, else what there is of the whole; of several attempts the first. */
export function sidesOf(files: readonly RecordingFile[]): RecordingFile[] {
  const oldest = [...files].sort((one, other) => one.started_at.localeCompare(other.started_at) || one.id - other.id);
  const find = (kind: RecordingFile["kind"]) => oldest.find((file) => file.kind === kind);
  const [caller, callee] = [find("caller"), find("callee")];
  if (caller !== undefined && callee !== undefined) return [caller, callee];
  const whole = find("mixed") ?? caller ?? callee ?? oldest[0];
  return whole === undefined ? [] : [whole];
}

export interface MomentInFile {
  /** Seconds from the beginning of the file. */
  at: number;
  kind: Bar["kind"];
}

/** Where something of the call begins that lies within the file. */
export function marksOf(bars: readonly Bar[], file: RecordingFile): MomentInFile[] {
  const begin = Date.parse(file.started_at);
  return bars
    .map((bar) => ({ at: Math.round((bar.from - begin) / 100) / 10, kind: bar.kind }))
    .filter(({ at }) => at >= 0 && at < file.seconds);
}
