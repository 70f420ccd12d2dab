/** The log of an instruction as words. Pure. */
import type { Schemas } from "@/api/client";
import type { Entry } from "./instruction";

type T = (key: string, values?: Record<string, string | number>) => string;

export interface Detail {
  label: string;
  text: string;
}

const TEXTS = ["name", "how", "feedback", "reason"] as const;
const TESTED = ["item", "method", "result", "evidence"] as const;

/** The word for what happened, as a key of the messages; `kinds` are those beside the steps. */
export function wordOf(entry: Pick<Entry, "what">, kinds: readonly string[]): string {
  return kinds.includes(entry.what) ? `enums.InstructionEventKind.${entry.what}` : `enums.InstructionStep.${entry.what}`;
}

/** A quantity of goods, and what was done with them. */
export function amountOf(goods: { quantity: unknown; measured_in: unknown; measure: unknown }, t: T): string {
  return `${goods.quantity} ${goods.measured_in} · ${t(`enums.Measure.${goods.measure}`)}`;
}

/** What came with it, each with the name that the form has for it. */
export function detailsOf({ what, body }: Pick<Entry, "what" | "body">, t: T): Detail[] {
  const details: Detail[] = [];
  const add = (label: string, text: string) => details.push({ label, text });
  const text = (name: string) => (typeof body[name] === "string" ? body[name] : "");
  if (what === "batch_added") {
    const amount = amountOf({ quantity: body["quantity"], measured_in: body["measured_in"], measure: body["measure"] }, t);
    add(t("enums.Finding.batch"), `${text("name")} · ${amount}`);
    return details;
  }
  if (what === "test_added") {
    for (const name of TESTED) add(t(`dispatch.test.${name}`), text(name));
    return details;
  }
  if (what === "warned") add(t(`tickets.clocks.${text("code")}`), t("tickets.percentOver", { percent: Number(body["percent"]) }));
  if (what === "issued") add(t("tickets.columns.priority"), t(`enums.Priority.${text("priority")}`));
  if (typeof body["outcome"] === "string") {
    add(t("enums.InstructionField.outcome"), t(`enums.OffShelfOutcome.${body["outcome"] as Schemas["OffShelfOutcome"]}`));
  }
  if (typeof body["batches"] === "number") add(t("enums.InstructionField.batches"), String(body["batches"]));
  for (const name of TEXTS) if (text(name) !== "") add(t(`enums.InstructionField.${name}`), text(name));
  return details;
}
