/** All words of the pages, and in which language they are shown. Both languages are loaded at start. */
import { createI18n } from "vue-i18n";
import en from "./en";
import chinese from "./zh-CN";

export type Locale = "zh-CN" | "en";

export const messages = { "zh-CN": chinese, en };

/** Chinese until somebody chooses. A text that is missing shows its key: the tests let none through. */
export function makeI18n(locale: Locale = "zh-CN") {
  return createI18n<false>({
    legacy: false,
    locale,
    messages: messages as unknown as Record<string, never>,
    missingWarn: false,
    fallbackWarn: false,
  });
}

export const i18n = makeI18n();

/** Every component with a translation is drawn anew; nothing is loaded. */
export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
}

export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale;
}
