/** What a matter is linked with, as it is typed: the id, or the address of its page. Pure. */
import type { Schemas } from "@/api/client";
import { namedCallOf } from "@/design/callId";

const ORIGIN = /^https?:\/\/[^/]+/;
const ID = /^(?:\S*\/)?#?(\d{1,15})$/;

/** Null for what names no such thing. */
export function linkOf(what: Schemas["Linked"], typed: string): Schemas["NewLink"] | null {
  const text = typed.trim().replace(ORIGIN, "");
  if (what === "call") {
    const call = namedCallOf(text);
    return call === null ? null : { what, call };
  }
  const id = Number(ID.exec(text)?.[1] ?? 0);
  return id === 0 ? null : { what, ref_id: id };
}
