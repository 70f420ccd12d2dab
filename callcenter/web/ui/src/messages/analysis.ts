/** Adds the words of analysis, which its pages bring. */
import { i18n } from ".";
import english from "./en/analysis";
import chinese from "./zh-CN/analysis";

i18n.global.mergeLocaleMessage("zh-CN", chinese);
i18n.global.mergeLocaleMessage("en", english);
