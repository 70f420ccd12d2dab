/** What somebody may mean who types where they want to go: a page, a call, or a caller's number. Pure. */
import { namedCallOf } from "@/design/callId";
import { isNumber } from "@/design/numbers";

export type Target =
  | { kind: "page"; name: string; title: string }
  | { kind: "call"; pbx: string; id: string }
  | { kind: "ticket"; number: string }
  | { kind: "number"; number: string };

/** The number of a matter, which may be typed without the hotline's own before it. */
const TICKET = /^(?:12315-)?(\d{4}-\d{5,9})$/;

/** The likeliest first; `canSeeCalls` and the pages as the user may. All pages while nothing is typed. */
export function targetsOf(
  typed: string,
  pages: readonly { name: string; title: string }[],
  canSeeCalls: boolean,
): Target[] {
  const text = typed.trim();
  const call = namedCallOf(text);
  const ticket = TICKET.exec(text);
  if (ticket && pages.some(({ name }) => name === "tickets")) return [{ kind: "ticket", number: `12315-${ticket[1]}` }];
  if (canSeeCalls && call) return [{ kind: "call", pbx: call.pbx, id: call.call_id }];
  if (canSeeCalls && isNumber(text)) return [{ kind: "number", number: text }];
  const sought = text.toLowerCase();
  return pages
    .filter(({ name, title }) => title.toLowerCase().includes(sought) || name.startsWith(sought))
    .map(({ name, title }) => ({ kind: "page", name, title }));
}
