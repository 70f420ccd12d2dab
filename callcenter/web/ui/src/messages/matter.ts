/** Adds the words of the page of one matter, which it brings. */
import { i18n } from ".";
import english from "./en/matter";
import chinese from "./zh-CN/matter";

i18n.global.mergeLocaleMessage("zh-CN", chinese);
i18n.global.mergeLocaleMessage("en", english);
