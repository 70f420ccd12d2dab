/** Adds the words of calls, which their pages bring. */
import { i18n } from ".";
import english from "./en/calls";
import chinese from "./zh-CN/calls";

i18n.global.mergeLocaleMessage("zh-CN", { calls: chinese });
i18n.global.mergeLocaleMessage("en", { calls: english });
