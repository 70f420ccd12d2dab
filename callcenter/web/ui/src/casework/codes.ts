/** The codes of the casework: by axis, found by their Chinese names or the initials of these. */
import { shallowRef, type ShallowRef } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";
import { initialsOf } from "./initials";

export type Code = Schemas["CodeView"];
export type Axis = Schemas["Axis"];

const PAGE = 200;
const kept = new Map<Axis, ShallowRef<readonly Code[] | null>>();

/** All that there ever were on an axis. Throws ApiError. */
export async function readCodes(axis: Axis): Promise<Code[]> {
  const codes: Code[] = [];
  let cursor: string | null = null;
  do {
    const query: { axis: Axis; limit: number; cursor: string | null } = { axis, limit: PAGE, cursor };
    const page: Schemas["CodePage"] = await take(api.GET("/api/v1/codes", { params: { query } }));
    codes.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return codes;
}

/** What was read before is old. */
export function forgetCodes(axis: Axis): void {
  kept.delete(axis);
}

/** The same, read once a page; null until they are known. */
export function useCodes(axis: Axis): ShallowRef<readonly Code[] | null> {
  const known = kept.get(axis);
  if (known !== undefined) return known;
  const codes = shallowRef<readonly Code[] | null>(null);
  kept.set(axis, codes);
  readCodes(axis).then(
    (all) => (codes.value = all),
    (error: unknown) => {
      // the next component that asks tries again
      kept.delete(axis);
      if (!(error instanceof ApiError)) throw error;
    },
  );
  return codes;
}

/** Those of a day, as `2026-11-28`. */
export function validOn(codes: readonly Code[], day: string): Code[] {
  return codes.filter((code) => code.valid_from <= day && (code.valid_to === null || day <= code.valid_to));
}

/** Whether somebody who types that may mean the code. */
export function isMeant(code: Pick<Code, "code" | "name">, typed: string): boolean {
  const sought = typed.normalize("NFKC").trim().toLowerCase();
  if (sought === "") return true;
  return code.name.toLowerCase().includes(sought) || initialsOf(code.name).includes(sought) || code.code.startsWith(sought);
}

/** The name of a code; the code itself where its name is not known. */
export function nameOf(codes: readonly Code[] | null, code: string): string {
  return codes?.find((one) => one.code === code)?.name ?? code;
}
