/** Adds the words of instructions and patrols, which their pages and the page of a matter bring. */
import { i18n } from ".";
import english from "./en/spot";
import chinese from "./zh-CN/spot";

i18n.global.mergeLocaleMessage("zh-CN", chinese);
i18n.global.mergeLocaleMessage("en", english);
