/**
 * Adds the words of pages that are away from the telephone: each such page brings them, so that those beside a call, which
 * are loaded at once, stay small.
 */
import { i18n } from ".";
import english from "./en/office";
import chinese from "./zh-CN/office";

i18n.global.mergeLocaleMessage("zh-CN", chinese);
i18n.global.mergeLocaleMessage("en", english);
