/** Adds the words of the callback list, which its pages bring. */
import { i18n } from ".";
import english from "./en/callbacks";
import chinese from "./zh-CN/callbacks";

i18n.global.mergeLocaleMessage("zh-CN", { callbacks: chinese });
i18n.global.mergeLocaleMessage("en", { callbacks: english });
