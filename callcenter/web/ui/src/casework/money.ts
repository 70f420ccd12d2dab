/** Amounts as people write them and as the backend keeps them. Pure. */

const YUAN = /^\d{1,10}(?:\.\d{1,2})?$/;

/** Cents; null where that is no amount: no sign, two digits after the point at most. */
export function centsOf(yuan: string): number | null {
  const text = yuan.normalize("NFKC").replaceAll(",", "").trim();
  if (!YUAN.test(text)) return null;
  const [whole = "0", rest = ""] = text.split(".");
  return Number(whole) * 100 + Number(rest.padEnd(2, "0"));
}

/** As one types it: `200`, `19.90`; empty for nothing. */
export function yuanOf(cents: number | null): string {
  if (cents === null) return "";
  return cents % 100 === 0 ? String(cents / 100) : (cents / 100).toFixed(2);
}
