/** Adds the words of warnings, letters and interviews, which their pages bring. */
import { i18n } from ".";
import english from "./en/advisories";
import chinese from "./zh-CN/advisories";

i18n.global.mergeLocaleMessage("zh-CN", chinese);
i18n.global.mergeLocaleMessage("en", english);
