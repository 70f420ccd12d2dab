/** Reasons that were given lately in this browser, the newest first; gone at sign-out with all that it keeps. */

const NAME = "reasons";
const MOST = 5;
const LONGEST = 200;
const CONTROL = /[\u0000-\u001f\u007f]/;

export function recentReasons(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? "[]");
    return Array.isArray(kept) ? kept.filter((reason) => typeof reason === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function keepReason(reason: string): void {
  const others = recentReasons().filter((other) => other !== reason);
  localStorage.setItem(NAME, JSON.stringify([reason, ...others].slice(0, MOST)));
}

/** What people typed, in one line; null where the backend would not take it: two characters at least. */
export function sentenceOf(typed: string, longest = LONGEST): string | null {
  const text = typed.replace(/\s+/g, " ").trim();
  return text.length < 2 || text.length > longest || CONTROL.test(text) ? null : text;
}
