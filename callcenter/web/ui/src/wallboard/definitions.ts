/** What each figure means: in words of ours for version 1 and for what is no ratio, else as the backend says it. */
import { shallowRef } from "vue";
import { useI18n } from "vue-i18n";
import { api, ApiError, take, type Schemas } from "@/api/client";

type Definition = Schemas["DefinitionView"];

/** The version of the backend's definitions that the messages repeat. */
const VERSION_IN_WORDS = 1;
/** The backend's name for a tile that shows one of its figures. */
export const NAMES: Readonly<Record<string, string>> = {
  answered: "answered",
  arrivals: "offered",
  missed: "missed",
  serviceLevel: "service_level_15",
};

const known = shallowRef<{ version: number; items: readonly Definition[] } | null>(null);

/** Asked for once a page; without an answer the words of ours remain. */
async function load(): Promise<void> {
  try {
    known.value = await take(api.GET("/api/v1/metric-definitions", { params: { query: { limit: 200 } } }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** The definition of a tile, by its name. */
export function useDefinitions(): (tile: string) => string {
  const { t, te } = useI18n();
  if (known.value === null) void load();
  return (tile) => {
    const name = NAMES[tile];
    if (name === undefined) return t(`definitions.board.${tile}`);
    const version = known.value?.version ?? VERSION_IN_WORDS;
    const own = `definitions.of1.${name}`;
    const formula = known.value?.items.find((definition) => definition.of === "calls" && definition.name === name)?.formula;
    const text = version === VERSION_IN_WORDS && te(own) ? t(own) : (formula ?? t(own));
    return `${text} (${t("definitions.version", { version })})`;
  };
}
