/** Light and dark: by the system unless somebody chose. */
import { readonly, ref, watchEffect } from "vue";
import type { Schemas } from "@/api/client";

export type Theme = Schemas["Theme"];

const system = window.matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = ref(system.matches);
const chosen = ref<Theme>("system");

system.addEventListener("change", (event) => (isSystemDark.value = event.matches));

watchEffect(() => {
  const isDark = chosen.value === "dark" || (chosen.value === "system" && isSystemDark.value);
  document.documentElement.classList.toggle("dark", isDark);
});

export const theme = readonly(chosen);

export function setTheme(theme: Theme): void {
  chosen.value = theme;
}
