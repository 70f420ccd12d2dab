/** The log of a matter: read whole, what is new in it, and as words. */
import { api, take, type Schemas } from "@/api/client";
import { yuanOf } from "./money";

export type Entry = Schemas["HistoryEntry"];

/** The grounds that a step can have: SAMR Order 121, Art. 16 and 23. */
export const GROUNDS: Partial<Record<Schemas["TicketStep"], number>> = { refuse: 7, end: 8 };

const PAGE = 200;

/** Oldest first. Throws ApiError. */
export async function readHistory(number: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const params: { path: { ticket: string }; query: { limit: number; cursor: string | null } } = {
      path: { ticket: number },
      query: { limit: PAGE, cursor },
    };
    const page: Schemas["HistoryPage"] = await take(api.GET("/api/v1/tickets/{ticket}/history", { params }));
    entries.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return entries;
}

/** What has happened since. */
export function newsOf<E>(before: readonly E[], now: readonly E[]): E[] {
  const key = (entry: E) => JSON.stringify(entry);
  const known = new Set(before.map(key));
  return now.filter((entry) => !known.has(key(entry)));
}

type T = (key: string, values?: Record<string, string | number>) => string;

export interface Detail {
  label: string;
  text: string;
}

/** Texts, each shown as it is, in this order. */
const TEXTS = ["reason", "authority", "feedback", "agreement", "evidence"] as const;
const DAYS = ["due_on", "begins_on", "ends_on"] as const;
/** Where the number of the other matter stands. */
const OTHERS: Partial<Record<string, string>> = {
  merged: "into",
  unmerged: "from",
  merged_here: "ticket",
  unmerged_here: "ticket",
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What came with a step or an event; `unitName` of a unit's id, `moment` of a moment as the API gives it. */
export function detailsOf(
  entry: Entry,
  t: T,
  unitName: (id: number) => string,
  moment: (at: string) => string,
): Detail[] {
  const { body, what } = entry;
  const details: Detail[] = [];
  const add = (label: string, text: string) => details.push({ label, text });
  if (typeof body["unit_id"] === "number") add(t("enums.StepField.unit_id"), unitName(body["unit_id"]));
  if (typeof body["how_settled"] === "string") add(t("enums.StepField.how_settled"), t(`enums.TicketOutcome.${body["how_settled"]}`));
  if (typeof body["ground"] === "number") {
    const isKnown = what !== null && Object.hasOwn(GROUNDS, what);
    add(t("enums.StepField.ground"), isKnown ? t(`grounds.${what}.${body["ground"]}`) : `${body["ground"]}`);
  }
  if (typeof body["instruction"] === "string") add(t("titles.instruction"), body["instruction"]);
  if (typeof body["trigger"] === "string") add(t("cases.trigger"), t(`enums.Trigger.${body["trigger"]}`));
  if (typeof body["discovered_on"] === "string") add(t("cases.discovered"), body["discovered_on"]);
  if (typeof body["decision"] === "string") add(t("cases.decision"), t(`enums.FlagState.${body["decision"]}`));
  for (const name of TEXTS) if (typeof body[name] === "string") add(t(`enums.StepField.${name}`), body[name]);
  for (const name of DAYS) if (typeof body[name] === "string") add(t(`enums.StepField.${name}`), body[name]);
  if (typeof body["amount_recovered_cents"] === "number") {
    add(t("enums.StepField.amount_recovered_cents"), t("tickets.yuan", { yuan: yuanOf(body["amount_recovered_cents"]) }));
  }
  if (typeof body["mediation_id"] === "number") add(t("enums.StepField.mediation_id"), `${body["mediation_id"]}`);
  const notice = body["notice"];
  if (isObject(notice)) {
    const words = [t(`enums.NoticeTo.${notice["to"]}`), t(`enums.NoticeBy.${notice["by"]}`)];
    add(t("enums.StepField.notice"), [...words, moment(String(notice["at"]))].join(" · "));
  }
  if (what === "changed" && isObject(body["fields"])) {
    add(t("tickets.changedFields"), Object.keys(body["fields"]).map((name) => t(`casework.fields.${name}`)).join(t("tickets.and")));
  }
  const other = body[OTHERS[what ?? ""] ?? ""];
  if (typeof other === "string") add(t("tickets.title"), other);
  if (what === "attached") add(t("tickets.file"), t(`enums.FileKind.${body["kind"]}`));
  if (what === "form_issued") add(t("tickets.form"), String(body["number"]));
  if (what === "party_put") add(t("tickets.party"), t(`enums.PartyRole.${body["role"]}`));
  if (what === "priority_set") add(t("tickets.columns.priority"), t("tickets.fromTo", priorityWords(body, t)));
  if (what === "notice_added") {
    const words = [`NoticeKind.${body["kind"]}`, `NoticeTo.${body["to"]}`, `NoticeBy.${body["by"]}`];
    add(t("enums.StepField.notice"), words.map((word) => t(`enums.${word}`)).join(" · "));
  }
  if (what === "warned") {
    add(t(`tickets.clocks.${body["code"]}`), t("tickets.percentOver", { percent: Number(body["percent"]) }));
  }
  if ((what === "linked" || what === "unlinked") && typeof body["what"] === "string") {
    add(t("tickets.link"), t(`enums.Linked.${body["what"]}`));
  }
  return details;
}

function priorityWords(body: Entry["body"], t: T): { from: string; to: string } {
  return { from: t(`enums.Priority.${body["from"]}`), to: t(`enums.Priority.${body["to"]}`) };
}

/** The word for what happened, as a key of the messages; `events` are those beside the steps. */
export function wordOf(entry: Pick<Entry, "what">, events: readonly string[]): string {
  if (entry.what === null) return "tickets.note";
  return events.includes(entry.what) ? `enums.TicketEventKind.${entry.what}` : `enums.TicketStep.${entry.what}`;
}
