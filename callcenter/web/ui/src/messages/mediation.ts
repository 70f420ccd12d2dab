/** Adds the words of mediations, which their page brings. */
import { i18n } from ".";
import english from "./en/mediation";
import englishEnums from "./en/mediationEnums";
import chinese from "./zh-CN/mediation";
import chineseEnums from "./zh-CN/mediationEnums";

i18n.global.mergeLocaleMessage("zh-CN", { mediation: chinese, enums: chineseEnums });
i18n.global.mergeLocaleMessage("en", { mediation: english, enums: englishEnums });
