/** A matter that is being written down, in a call or from what one left: a draft in the tab, and one key for what is made of it. */
import { computed, type WritableComputedRef } from "vue";
import { api, take, type Schemas } from "@/api/client";
import { newKey } from "@/api/keys";
import { listDrafts, useDraft } from "@/session/drafts";
import { bodyOf, NOTHING, type Kind, type Typed } from "./fields";
import { NOBODY, partyBodyOf, type TypedParty } from "./party";

export interface NewMatter {
  kind: Kind;
  typed: Typed;
  party: TypedParty;
  /** Of the request: the same for a second click and after a reload, so that nothing is made twice. */
  key: string;
}

export function emptyMatter(): NewMatter {
  return { kind: "complaint", typed: { ...NOTHING }, party: { ...NOBODY }, key: newKey() };
}

/** What stands in the tab; fields that a newer page has beside it are empty. Null for what is no draft. */
export function matterOf(kept: string): NewMatter | null {
  if (kept === "") return null;
  try {
    const { kind, typed, party, key } = JSON.parse(kept) as NewMatter;
    if (typeof kind !== "string" || typeof key !== "string") return null;
    return { kind, typed: { ...NOTHING, ...typed }, party: { ...NOBODY, ...party }, key };
  } catch {
    return null;
  }
}

/** Where a matter comes from: what is known there is taken over. */
export type Origin =
  | { call: Schemas["NamedCall"] }
  | { message_id: number }
  | { episode_id: number }
  | { mediation_id: number };

export interface Draft {
  /** Null while nothing was begun. */
  matter: WritableComputedRef<NewMatter | null>;
  begin: () => void;
  /** Makes it; the backend gives the same ticket for the same key. Throws ApiError. */
  send: (isRegistered: boolean) => Promise<Schemas["TicketView"]>;
  /** After the backend has said that the key stands for something else: what is typed is another matter. */
  renewKey: () => void;
}

const NAME = "matter:";
/** Of those that are no calls, which are begun on their own pages. */
const OTHER_NAME = "matter-of:";

/** The calls, as `pbx/call_id`, of which a matter was begun and not sent. */
export function listUnsent(): string[] {
  return listDrafts(NAME).map((name) => name.slice(NAME.length));
}

/** Of the draft. */
export function nameOf(origin: Origin): string {
  if ("call" in origin) return `${NAME}${origin.call.pbx}/${origin.call.call_id}`;
  return OTHER_NAME + Object.entries(origin).flat().join("/");
}

/** Whether something was begun of it in this tab and not sent. */
export function isBegun(origin: Origin): boolean {
  return listDrafts(nameOf(origin)).includes(nameOf(origin));
}

/** One draft for each origin. */
export function useMatterDraft(origin: Origin): Draft {
  const text = useDraft(nameOf(origin));
  const matter = computed({
    get: () => matterOf(text.value),
    set: (now: NewMatter | null) => (text.value = now === null ? "" : JSON.stringify(now)),
  });

  async function send(isRegistered: boolean): Promise<Schemas["TicketView"]> {
    const { kind, typed, party, key } = matter.value ?? emptyMatter();
    const body = { kind, ...origin, fields: bodyOf(typed, kind), party: partyBodyOf(party), register_now: isRegistered };
    const params = { header: { "Idempotency-Key": key } };
    const made = await take(api.POST("/api/v1/tickets", { params, body: body as Schemas["NewTicketBody"] }));
    matter.value = null;
    return made;
  }

  return {
    matter,
    begin: () => (matter.value ??= emptyMatter()),
    send,
    renewKey: () => matter.value !== null && (matter.value = { ...matter.value, key: newKey() }),
  };
}
