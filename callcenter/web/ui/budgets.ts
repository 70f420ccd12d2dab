import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Kilobytes of scripts, compressed, that a page may need in all. */
const SIGN_IN = 150;
const PAGE = 350;
const WITH_CHARTS = 550;
/** Of the server's charts, not compressed: it reads them anew for each document. */
const SERVER_CHARTS = 700;
const KILOBYTE = 1_000;

/** What of Rolldown's chunks counts. */
interface Chunk {
  type: string;
  code?: string;
  isEntry?: boolean;
  facadeModuleId?: string | null;
  moduleIds?: string[];
  imports?: string[];
  dynamicImports?: string[];
}

const isPage = (chunk: Chunk | undefined) => /\/src\/\w+\/\w+Page\.vue$/.test(chunk?.facadeModuleId ?? "");

/** Fails the build where a page needs more than it may, whether it loads that at once or later. */
export function budgets(): Plugin {
  return {
    name: "budgets",
    apply: "build",
    generateBundle(_options, bundle) {
      const chunks = bundle as unknown as Record<string, Chunk>;
      const named = (end: string) => Object.keys(chunks).filter((name) => chunks[name]?.facadeModuleId?.endsWith(end));
      const needed = (names: readonly string[], found = new Set<string>()): Set<string> => {
        for (const name of names) {
          const chunk = chunks[name];
          if (found.has(name) || chunk?.type !== "chunk") continue;
          found.add(name);
          needed(chunk.imports ?? [], found);
          // other pages are found in the frame, and are not needed for this one
          if (!chunk.isEntry) needed((chunk.dynamicImports ?? []).filter((other) => !isPage(chunks[other])), found);
        }
        return found;
      };
      const entries = Object.keys(chunks).filter((name) => chunks[name]?.isEntry);
      const pages = Object.keys(chunks).filter((name) => isPage(chunks[name]));
      if (entries.length !== 1 || pages.length < 5) this.error("the pages are not found in the build");
      for (const page of pages) {
        const path = chunks[page]?.facadeModuleId ?? "";
        const frame = /(SignIn|Wall)Page\.vue$/.test(path) ? [] : named("/shell/Shell.vue");
        const all = needed([...entries, ...frame, page]);
        const hasCharts = [...all].some((name) => chunks[name]?.moduleIds?.some((module) => module.includes("/echarts/")));
        const budget = path.endsWith("SignInPage.vue") ? SIGN_IN : hasCharts ? WITH_CHARTS : PAGE;
        const size = [...all].reduce((sum, name) => sum + gzipSync(chunks[name]?.code ?? "").length, 0) / KILOBYTE;
        if (size > budget) this.error(`${path} needs ${size.toFixed(0)} KB of scripts, of ${budget}`);
      }
    },
  };
}

/** Fails the build of the server's charts where they are not one script, or too large. */
export function oneScript(): Plugin {
  return {
    name: "one-script",
    apply: "build",
    generateBundle(_options, bundle) {
      const [script, ...others] = Object.values(bundle as unknown as Record<string, Chunk>);
      if (others.length > 0 || !script?.code || script.imports?.length) this.error("the server's charts are not one script");
      const size = (script?.code ?? "").length / KILOBYTE;
      if (size > SERVER_CHARTS) this.error(`the server's charts are ${size.toFixed(0)} KB, of ${SERVER_CHARTS}`);
    },
  };
}
