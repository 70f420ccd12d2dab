/** Adds the words of mediations, which their page brings. */
import { i18n } from ".";
import english from "./en/mediation";
import chinese from "./zh-CN/mediation";

i18n.global.mergeLocaleMessage("zh-CN", { mediation: chinese });
i18n.global.mergeLocaleMessage("en", { mediation: english });
