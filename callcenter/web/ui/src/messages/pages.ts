/** Adds the words of all pages to those of the sign-in page. Loaded with the frame of the pages, before any of them. */
import { i18n } from ".";
import english from "./en/pages";
import chinese from "./zh-CN/pages";

i18n.global.mergeLocaleMessage("zh-CN", chinese);
i18n.global.mergeLocaleMessage("en", english);
