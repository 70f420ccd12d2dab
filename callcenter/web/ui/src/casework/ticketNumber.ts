/** The number of a matter as it is typed: itself, or the address of its page. Pure. */

const NUMBER = /^(?:\S*\/)?(12315-\d{4}-\d{5,9})$/;

/** Null for what is none. */
export function numberOf(typed: string): string | null {
  return NUMBER.exec(typed.normalize("NFKC").trim())?.[1] ?? null;
}
