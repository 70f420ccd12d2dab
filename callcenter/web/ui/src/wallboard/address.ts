/** The address of the wall. The secret stands in the fragment, which browsers send to nobody. Pure. */
import type { Schemas } from "@/api/client";

type Language = Schemas["Language"];

export const WALL_PATH = "/wall";

/** Chinese unless it says otherwise. */
export function wallAddress(origin: string, secret: string, language: Language): string {
  return `${origin}${WALL_PATH}${language === "zh" ? "" : `?language=${language}`}#${secret}`;
}

export function secretOf(fragment: string): string {
  return fragment.replace(/^#/, "");
}
