import vue from "@vitejs/plugin-vue";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { budgets } from "./budgets.ts";
import { compressed } from "./compress.ts";

const BACKEND = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [vue(), budgets(), compressed()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  define: {
    // what vue-i18n and Vue leave out when they are told so at build time
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    outDir: "../built",
    emptyOutDir: true,
    target: "es2022",
    // a file written into the page's address would be refused by its policy
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1100,
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: BACKEND, ws: true }, "/health": BACKEND },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
    pool: "threads", // a process for each file takes longer than most files
    testTimeout: 60_000, // beside all other tests a processor is given seconds late
    server: { deps: { inline: ["element-plus"] } },
  },
});
