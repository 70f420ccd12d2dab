/** Adds the words of instructions and patrols, and of telephones that are rung for a key, which their pages bring. */
import { i18n } from ".";
import english from "./en/spot";
import chinese from "./zh-CN/spot";

i18n.global.mergeLocaleMessage("zh-CN", chinese);
i18n.global.mergeLocaleMessage("en", english);
