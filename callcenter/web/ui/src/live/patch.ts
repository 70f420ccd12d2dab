/** JSON Patch (RFC 6902), as far as the backend uses it: `add`, `replace` and `remove` of what stands in objects. Pure. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

export interface Change {
  op: "add" | "replace" | "remove";
  path: string;
  value?: unknown;
}

/** A change that does not fit the document: something was missed. */
export class PatchError extends Error {}

/**
 * The document after the changes. What a change does not touch is the same object as before, so that nothing is painted
 * again that did not change. Throws PatchError.
 */
export function applied<T>(document: T, changes: readonly Change[]): T {
  return changes.reduce<unknown>((now, change) => changed(now, namesOf(change.path), change), document) as T;
}

function namesOf(path: string): string[] {
  if (!path.startsWith("/")) throw new PatchError(`not a path: ${path}`);
  return path
    .slice(1)
    .split("/")
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function changed(value: unknown, names: readonly string[], change: Change): unknown {
  const [name, ...deeper] = names;
  if (name === undefined) return change.value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PatchError(`no object at ${change.path}`);
  }
  const before = value as Record<string, unknown>;
  const isThere = Object.hasOwn(before, name);
  if (!isThere && (deeper.length > 0 || change.op !== "add")) throw new PatchError(`nothing at ${change.path}`);
  if (deeper.length === 0 && change.op === "remove") {
    return Object.fromEntries(Object.entries(before).filter(([other]) => other !== name));
  }
  // by entries, because an assignment to `__proto__` would not make a member of that name
  const entries = Object.entries(before).filter(([other]) => other !== name || isThere);
  const next = changed(before[name], deeper, change);
  return Object.fromEntries(
    isThere ? entries.map(([other, old]) => [other, other === name ? next : old]) : [...entries, [name, next]],
  );
}
