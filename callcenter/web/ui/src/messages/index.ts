/** The words of the pages, in both languages at once: a switch loads nothing, and works while the link is down. */
import { createI18n } from "vue-i18n";
import english from "./en";
import chinese from "./zh-CN";

export type Locale = "zh-CN" | "en";

/** Chinese until somebody chooses. A text that is missing shows its key: the tests let none through. */
export const i18n = createI18n<false>({
  legacy: false,
  locale: "zh-CN",
  messages: { "zh-CN": chinese, en: english } as unknown as Record<string, never>,
  missingWarn: false,
  fallbackWarn: false,
});

/** Every component with a translation is drawn anew. */
export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
}

export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale;
}
