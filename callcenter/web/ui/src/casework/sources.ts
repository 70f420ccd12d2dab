/** Who says so, of what came with the product: in words of ours. What the office gives as its source is shown as it is. */
import { useI18n } from "vue-i18n";

/** By what the backend has, which no later version changes. */
const KEYS: Readonly<Record<string, string>> = {
  "proposed, until the office decides": "proposed",
  "proposed: Consumer Law Art. 62 counts farm supplies as consumption": "farmSupplies",
  "general knowledge: two officers at least handle a case; nobody has checked it": "twoOfficers",
  "published reports of the national 12315 platform; the official list was not found": "platformReports",
  "general knowledge, not checked": "unchecked",
  "published reports of the consumer associations": "associations",
  proposed: "ours",
};

export function useSources(): (source: string) => string {
  const { t } = useI18n();
  return (source) => {
    const key = Object.hasOwn(KEYS, source) ? KEYS[source] : undefined;
    return key === undefined ? source : t(`codes.sources.${key}`);
  };
}
