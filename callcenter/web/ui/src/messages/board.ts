/** Adds the words of the wallboard and the wall, which those two pages bring. */
import { i18n } from ".";
import english from "./en/board";
import chinese from "./zh-CN/board";

i18n.global.mergeLocaleMessage("zh-CN", chinese);
i18n.global.mergeLocaleMessage("en", english);
