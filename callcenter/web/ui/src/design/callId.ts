/** A call as people name it. Pure. */
import type { Schemas } from "@/api/client";

/** A call's id begins with its PBX, which may stand before it once more, as in the address of its page. */
const CALL = /^(?:\/?(?:calls\/)?([^/\s]+)\/)?(([^/\s]+)-\d+\.\d+)$/;

/** Null for what names no call. */
export function namedCallOf(text: string): Schemas["NamedCall"] | null {
  const match = CALL.exec(text.trim());
  return match === null ? null : { pbx: match[1] ?? match[3] ?? "", call_id: match[2] ?? "" };
}
