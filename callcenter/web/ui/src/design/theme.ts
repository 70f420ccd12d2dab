/** Light and dark: by the system unless somebody chose. */
import { computed, readonly, ref, watchEffect } from "vue";
import type { Schemas } from "@/api/client";

export type Theme = Schemas["Theme"];

const system = window.matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = ref(system.matches);
const chosen = ref<Theme>("system");

system.addEventListener("change", (event) => (isSystemDark.value = event.matches));

/** What is shown now. */
export const isDark = computed(() => chosen.value === "dark" || (chosen.value === "system" && isSystemDark.value));

// at once, so that whoever reads a colour after a change reads the new one
watchEffect(() => document.documentElement.classList.toggle("dark", isDark.value), { flush: "sync" });

export const theme = readonly(chosen);

export function setTheme(theme: Theme): void {
  chosen.value = theme;
}
