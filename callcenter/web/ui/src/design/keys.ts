/** Keys of the page: each is known while the component that asked for it is shown, and listed behind `?`. */
import { onScopeDispose, shallowReactive } from "vue";

export interface Key {
  /** As `KeyboardEvent.key` has it: "j", "?", "F2"; with "Ctrl+" before it for that. */
  key: string;
  /** What it does, as a key of the messages. */
  does: string;
  run: (event: KeyboardEvent) => void;
}

const known = shallowReactive<Key[]>([]);

/** For the life of the component. The newest one that has a key gets it. */
export function useKeys(keys: readonly Key[]): void {
  known.push(...keys);
  onScopeDispose(() => {
    for (const key of keys) known.splice(known.indexOf(key), 1);
  });
}

export function listKeys(): readonly Key[] {
  return known;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type))
  );
}

/**
 * Whether an input method takes the key: Enter that ends a composition is no Enter of the page. Safari says so by the
 * code 229 alone.
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Enter presses what has the focus, arrows move within it; in a dialog no key reaches the page behind. */
function isOfControl(event: KeyboardEvent): boolean {
  if (!(event.target instanceof Element)) return false;
  if (event.target.closest("[role=dialog]")) return true;
  if (event.key === "Enter") return event.target.closest("a, button, input, summary, [role=button]") !== null;
  return /^Arrow/.test(event.key) && event.target.closest("input, [role=radiogroup], [role=slider]") !== null;
}

/** Keys of a text field, and of an input method that composes, are theirs; function keys act everywhere. */
export function handleKey(event: KeyboardEvent): void {
  if (isComposing(event) || event.altKey || event.metaKey) return;
  const name = (event.ctrlKey ? "Ctrl+" : "") + event.key;
  const isFunctionKey = /^F\d+$/.test(event.key);
  if (!isFunctionKey && (isOfControl(event) || (!event.ctrlKey && isTyping(event.target)))) return;
  const found = known.findLast((one) => one.key === name);
  if (found === undefined) return;
  event.preventDefault();
  found.run(event);
}

/** For the Enter key of a form: what an input method composes with it is no wish to send. */
export function keepComposition(event: Event): void {
  if (event instanceof KeyboardEvent && isComposing(event)) event.preventDefault();
}
