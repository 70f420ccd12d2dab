/** How a code stands on a day, and what is typed of a new one. Pure; days as `2026-11-28`. */
import type { Code } from "@/casework/codes";

export type Standing = "inUse" | "endsLater" | "ended" | "future";

export function standingOf(code: Pick<Code, "valid_from" | "valid_to">, today: string): Standing {
  if (code.valid_from > today) return "future";
  if (code.valid_to === null) return "inUse";
  return code.valid_to < today ? "ended" : "endsLater";
}

/** Those that can follow a code that ends on that day. */
export function followersOf(codes: readonly Code[], ending: Code): Code[] {
  return codes.filter((code) => code.code !== ending.code && code.valid_to === null);
}

export interface TypedCode {
  code: string;
  name: string;
  parent: string;
  from: string;
  source: string;
}

export type CodeFaults = Partial<Record<"code" | "name" | "from" | "source", string>>;

const CODE = /^[a-z][a-z0-9_]{1,39}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LONGEST_NAME = 60;
const SHORTEST_SOURCE = 2;

export function isDayFrom(typed: string, today: string): boolean {
  return DAY.test(typed) && typed >= today;
}

/** As keys of the messages. */
export function faultsOfCode(typed: TypedCode, today: string): CodeFaults {
  const faults: CodeFaults = {};
  const { length } = typed.name.trim();
  if (!CODE.test(typed.code.trim())) faults.code = "codes.faults.code";
  if (length < 1 || length > LONGEST_NAME) faults.name = "codes.faults.name";
  if (!isDayFrom(typed.from, today)) faults.from = "codes.faults.day";
  if (typed.source.trim().length < SHORTEST_SOURCE) faults.source = "codes.faults.source";
  return faults;
}
