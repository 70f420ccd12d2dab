/** A number that somebody asked for on another page, for the list of calls: in memory alone. */
import { shallowRef } from "vue";

export const askedNumber = shallowRef<string | null>(null);
