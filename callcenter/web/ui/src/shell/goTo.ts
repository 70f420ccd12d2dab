/** What somebody may mean who types where they want to go: a page, a call, or a caller's number. Pure. */
import { isNumber } from "@/design/numbers";

export type Target =
  | { kind: "page"; name: string; title: string }
  | { kind: "call"; pbx: string; id: string }
  | { kind: "number"; number: string };

/** A call's id begins with its PBX, which may stand before it once more, as in the address of its page. */
const CALL = /^(?:\/?(?:calls\/)?([^/\s]+)\/)?(([^/\s]+)-\d+\.\d+)$/;

/** The likeliest first; `canSeeCalls` as the user may. All pages while nothing is typed. */
export function targetsOf(
  typed: string,
  pages: readonly { name: string; title: string }[],
  canSeeCalls: boolean,
): Target[] {
  const text = typed.trim();
  const call = CALL.exec(text);
  if (canSeeCalls && call) return [{ kind: "call", pbx: call[1] ?? call[3] ?? "", id: call[2] ?? "" }];
  if (canSeeCalls && isNumber(text)) return [{ kind: "number", number: text }];
  const sought = text.toLowerCase();
  return pages
    .filter(({ name, title }) => title.toLowerCase().includes(sought) || name.startsWith(sought))
    .map(({ name, title }) => ({ kind: "page", name, title }));
}
