/** What a ticket says, as it is typed, checked, and sent. Pure. */
import type { Schemas } from "@/api/client";
import { centsOf, yuanOf } from "./money";

export type Kind = Schemas["TicketKind"];
export type Body = Partial<Omit<Schemas["TicketChange"], "kind">>;

/** Everything is text as it stands in its field, but for what is chosen. */
export interface Typed {
  title: string;
  facts: string;
  requests: Schemas["Remedy"][];
  occurred_on: string;
  amount_in_dispute_cents: string;
  respondent: string;
  merchant_id: number | null;
  unidentified_reason: string;
  goods_code: string;
  service_code: string;
  problem_code: string;
  offence_code: string;
  sales_mode_code: string;
  brand: string;
  batch: string;
  platform_shop: string;
  order_number: string;
  people_affected: string;
  ill: string;
  injured: string;
  endangers_life: boolean;
  platform_number: string;
}

export type FieldName = keyof Typed;

export const NOTHING: Readonly<Typed> = {
  title: "",
  facts: "",
  requests: [],
  occurred_on: "",
  amount_in_dispute_cents: "",
  respondent: "",
  merchant_id: null,
  unidentified_reason: "",
  goods_code: "",
  service_code: "",
  problem_code: "",
  offence_code: "",
  sales_mode_code: "",
  brand: "",
  batch: "",
  platform_shop: "",
  order_number: "",
  people_affected: "",
  ill: "",
  injured: "",
  endangers_life: false,
  platform_number: "",
};

export const CODE_AXES = {
  goods_code: "goods",
  service_code: "service",
  problem_code: "problem",
  offence_code: "offence",
  sales_mode_code: "sales_mode",
} as const satisfies Partial<Record<FieldName, Schemas["Axis"]>>;

/** One line each; `title`, `respondent` and the facts may hold what is masked. */
export const LINES = ["brand", "batch", "platform_shop", "order_number"] as const;
export const COUNTS = ["people_affected", "ill", "injured"] as const;
export const MASKED = ["title", "respondent", "facts"] as const;

const WANTED: readonly FieldName[] = ["facts", "title", "goods_code", "service_code", "problem_code"];
const DISPUTED: readonly FieldName[] = [
  "respondent",
  "merchant_id",
  "unidentified_reason",
  "requests",
  "facts",
  "title",
  "occurred_on",
  "amount_in_dispute_cents",
  "goods_code",
  "service_code",
  "problem_code",
  "sales_mode_code",
  "brand",
  "batch",
  "platform_shop",
  "order_number",
  "ill",
  "injured",
  "endangers_life",
];
const OFFENCE: readonly FieldName[] = [
  "respondent",
  "merchant_id",
  "unidentified_reason",
  "facts",
  "title",
  "occurred_on",
  "goods_code",
  "service_code",
  "offence_code",
  "problem_code",
  "sales_mode_code",
  "brand",
  "batch",
  "platform_shop",
  "people_affected",
  "ill",
  "injured",
  "endangers_life",
];

/** The fields of a kind, in the order of the form. */
export const FIELDS: Readonly<Record<Kind, readonly FieldName[]>> = {
  complaint: DISPUTED,
  report: OFFENCE,
  enquiry: WANTED,
  suggestion: WANTED,
  praise: ["respondent", ...WANTED],
};

/** Those that are asked for during a call; why no merchant can be chosen is known later. */
export function fieldsInCall(kind: Kind): FieldName[] {
  return FIELDS[kind].filter((name) => name !== "unidentified_reason");
}

const WHOLE = /^\d{1,7}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SHORTEST: Partial<Record<FieldName, number>> = { title: 2, facts: 2, respondent: 2, unidentified_reason: 2 };
const PLATFORM_NUMBER = /^[0-9A-Za-z-]{4,60}$/;

/** What is wrong with it, as keys of the messages, by field; `today` is as `2026-11-28`. */
export function faultsOf(typed: Typed, fields: readonly FieldName[], today: string): Partial<Record<FieldName, string>> {
  const faults: Partial<Record<FieldName, string>> = {};
  for (const name of fields) {
    const value = typed[name];
    if (typeof value !== "string" || value.trim() === "") continue;
    const text = value.trim();
    if (text.length < (SHORTEST[name] ?? 1)) faults[name] = "casework.faults.tooShort";
    if (name === "amount_in_dispute_cents" && centsOf(text) === null) faults[name] = "casework.faults.amount";
    if (COUNTS.some((one) => one === name) && !WHOLE.test(text)) faults[name] = "casework.faults.count";
    if (name === "occurred_on" && (!DAY.test(text) || text > today)) faults[name] = "casework.faults.pastDay";
    if (name === "platform_number" && !PLATFORM_NUMBER.test(text)) faults[name] = "casework.faults.platformNumber";
  }
  return faults;
}

function sentOf(typed: Typed, name: FieldName): unknown {
  const value = typed[name];
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (name === "amount_in_dispute_cents") return text === "" ? null : centsOf(text);
  if (name === "ill" || name === "injured") return text === "" ? 0 : Number(text);
  if (name === "people_affected") return text === "" ? null : Number(text);
  return text === "" ? null : text;
}

const isEmpty = (value: unknown) =>
  value === null || value === 0 || value === false || (Array.isArray(value) && value.length === 0);

/** What a new ticket of that kind says; nothing of what another kind was typed for. */
export function bodyOf(typed: Typed, kind: Kind): Body {
  const entries = FIELDS[kind].map((name) => [name, sentOf(typed, name)] as const);
  return Object.fromEntries(entries.filter(([, value]) => !isEmpty(value))) as Body;
}

/** What is to be corrected: nothing but what was typed anew, so that what is masked stays as it is. */
export function changesOf(before: Typed, after: Typed, fields: readonly FieldName[]): Body {
  const changed = fields.filter((name) => JSON.stringify(sentOf(before, name)) !== JSON.stringify(sentOf(after, name)));
  return Object.fromEntries(changed.map((name) => [name, sentOf(after, name)])) as Body;
}

/** A ticket as it would be typed. */
export function typedOf(ticket: Schemas["TicketView"]): Typed {
  const number = (value: number | null) => (value === null || value === 0 ? "" : String(value));
  return {
    ...NOTHING,
    title: ticket.title ?? "",
    facts: ticket.facts ?? "",
    requests: [...ticket.requests],
    occurred_on: ticket.occurred_on ?? "",
    amount_in_dispute_cents: yuanOf(ticket.amount_in_dispute_cents),
    respondent: ticket.respondent ?? "",
    merchant_id: ticket.merchant_id,
    unidentified_reason: ticket.unidentified_reason ?? "",
    goods_code: ticket.goods_code ?? "",
    service_code: ticket.service_code ?? "",
    problem_code: ticket.problem_code ?? "",
    offence_code: ticket.offence_code ?? "",
    sales_mode_code: ticket.sales_mode_code ?? "",
    brand: ticket.brand ?? "",
    batch: ticket.batch ?? "",
    platform_shop: ticket.platform_shop ?? "",
    order_number: ticket.order_number ?? "",
    people_affected: number(ticket.people_affected),
    ill: number(ticket.ill),
    injured: number(ticket.injured),
    endangers_life: ticket.endangers_life,
    platform_number: ticket.platform_number ?? "",
  };
}
