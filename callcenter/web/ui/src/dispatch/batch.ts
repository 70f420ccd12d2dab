/** Goods that were found, as they are typed, checked and sent. Pure. */
import type { Schemas } from "@/api/client";

export interface TypedBatch {
  name: string;
  brand: string;
  batch: string;
  quantity: string;
  measured_in: string;
  measure: Schemas["Measure"];
  /** Its id; empty for none. */
  attachment: string;
}

export type BatchField = keyof TypedBatch;

export const LONGEST: Partial<Record<BatchField, number>> = { name: 200, brand: 200, batch: 200, quantity: 13, measured_in: 20 };
const QUANTITY = /^\d{1,9}(\.\d{1,3})?$/;
const NEEDED: readonly BatchField[] = ["name", "quantity", "measured_in"];

export function emptyBatch(): TypedBatch {
  return { name: "", brand: "", batch: "", quantity: "", measured_in: "", measure: "taken_off", attachment: "" };
}

/** In one line, as the backend wants it. */
export const lineOf = (typed: string) => typed.replace(/\s+/g, " ").trim();

/** What is wrong with it, as keys of the messages, by field. */
export function faultsOfBatch(typed: TypedBatch): Partial<Record<BatchField, string>> {
  const faults: Partial<Record<BatchField, string>> = {};
  for (const name of NEEDED) if (lineOf(typed[name]) === "") faults[name] = "tickets.faults.needed";
  const quantity = typed.quantity.trim();
  if (quantity !== "" && !(QUANTITY.test(quantity) && Number(quantity) > 0)) faults.quantity = "dispatch.faults.quantity";
  return faults;
}

export function batchBodyOf(typed: TypedBatch): Schemas["BatchBody"] {
  return {
    name: lineOf(typed.name),
    brand: lineOf(typed.brand) || null,
    batch: lineOf(typed.batch) || null,
    quantity: typed.quantity.trim(),
    measured_in: lineOf(typed.measured_in),
    measure: typed.measure,
    attachment_id: typed.attachment === "" ? null : Number(typed.attachment),
  };
}
