/** What of a patrol was typed or answered in this tab and not sent yet: it outlives a reload. Pure but for `useKept`. */
import { computed, type WritableComputedRef } from "vue";
import type { Schemas } from "@/api/client";
import { newKey } from "@/api/keys";
import { listDrafts, useDraft } from "@/session/drafts";

export type Check = Schemas["InspectionItem"];
export type Result = Schemas["ItemResult"];
export type Answer = Schemas["AnswerBody"] & { key: string };

/** What stands in the fields of an item. */
export interface Typed {
  note: string;
  reason: string;
}

export interface Kept {
  /** In the order in which they were given; each is sent once, under its key. */
  answers: readonly Answer[];
  typed: Readonly<Record<number, Typed>>;
  /** Of the request that finishes it: the same for a second click and after a reload. */
  finishKey: string;
  /** What was found of an offence; null where none was. */
  offence: string | null;
}

const NAME = "inspection:";
const NOTHING: Typed = { note: "", reason: "" };
/** In texts that are not shown whole: what is sent back would lose what it stands for. */
const MASK = "**";

export function emptyKept(): Kept {
  return { answers: [], typed: {}, finishKey: newKey(), offence: null };
}

/** What stands in the tab; an empty one for what is none. */
export function keptOf(text: string): Kept {
  if (text === "") return emptyKept();
  try {
    const { answers, typed, finishKey, offence } = JSON.parse(text) as Kept;
    if (!Array.isArray(answers) || typeof finishKey !== "string") return emptyKept();
    return { answers, typed: typed ?? {}, finishKey, offence: offence ?? null };
  } catch {
    return emptyKept();
  }
}

/** The patrols of which an answer waits in this tab. */
export function listUnsent(): number[] {
  return listDrafts(NAME)
    .filter((name) => keptOf(useDraft(name).value).answers.length > 0)
    .map((name) => Number(name.slice(NAME.length)))
    .sort((one, other) => one - other);
}

export function useKept(id: number): WritableComputedRef<Kept | null> {
  const text = useDraft(`${NAME}${id}`);
  return computed({
    get: () => keptOf(text.value),
    set: (now: Kept | null) => (text.value = now === null ? "" : JSON.stringify(now)),
  });
}

/** An item as it stands once all is sent that waits here. */
export interface Shown {
  check: Check;
  result: Result | null;
  note: string | null;
  reason: string | null;
  isUnsent: boolean;
  /** Files that wait here. */
  files: readonly string[];
  lack: Schemas["InspectionLack"] | null;
}

export function shownOf(check: Check, answers: readonly Answer[], files: readonly string[]): Shown {
  const waiting = answers.filter((answer) => answer.item === check.item).at(-1);
  const result = waiting === undefined ? check.result : waiting.result;
  const reason = waiting === undefined ? check.no_evidence_reason : (waiting.no_evidence_reason ?? null);
  const hasEvidence = check.attachments.length + files.length > 0 || reason !== null;
  return {
    check,
    result,
    note: waiting === undefined ? check.note : (waiting.note ?? null),
    reason,
    isUnsent: waiting !== undefined || files.length > 0,
    files,
    lack: result === null ? "answer" : result === "fail" && !hasEvidence ? "evidence" : null,
  };
}

/** What stands in the fields: what was typed here, else what is known, unless that is masked. */
export function typedOf(shown: Shown, typed: Typed | undefined): Typed {
  if (typed !== undefined) return typed;
  const known = (text: string | null) => (text === null || text.includes(MASK) ? "" : text);
  return { ...NOTHING, note: known(shown.note), reason: known(shown.reason) };
}
