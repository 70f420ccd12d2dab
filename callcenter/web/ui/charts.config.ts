/** Builds the script with which the server draws charts, into the folder of the built pages and after them. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { oneScript } from "./budgets.ts";

export default defineConfig({
  plugins: [oneScript()],
  publicDir: false,
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    outDir: "../built",
    emptyOutDir: false,
    target: "es2022",
    lib: {
      entry: fileURLToPath(new URL("src/charts/server.ts", import.meta.url)),
      formats: ["iife"],
      name: "charts",
      // no page asks for it, so that it gets no address: its name begins with a dot
      fileName: () => ".charts.js",
    },
  },
});
