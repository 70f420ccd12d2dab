/** The values of a closed list of the API, in the order of the words for them: a test compares both. */
import { i18n } from ".";

type Lists = { enums: Record<string, Record<string, string>> };

export function valuesOf<T extends string>(list: string): T[] {
  const words = i18n.global.getLocaleMessage("zh-CN") as unknown as Lists;
  return Object.keys(words.enums[list] ?? {}) as T[];
}
