import vue from "eslint-plugin-vue";
import typescript from "typescript-eslint";

/** Folders that pages are made of. They know no page. */
const FOUNDATIONS = ["api", "charts", "design", "live", "messages", "phone"];
/** What several pages show parts of. They know who is signed in, and no page. */
const SHARED = ["casework"];
const PAGES = [
  "broadcasts",
  "callbacks",
  "calls",
  "cases",
  "codes",
  "contacts",
  "desk",
  "dispatch",
  "imports",
  "inspections",
  "mediation",
  "metrics",
  "person_requests",
  "reconciliations",
  "shell",
  "tickets",
  "units",
  "wallboard",
];

const forbid = (folders) => ["error", { patterns: [{ group: folders.map((name) => `@/${name}/*`) }] }];

export default typescript.config(
  { ignores: ["node_modules", "src/api/made"] },
  ...typescript.configs.strict,
  ...vue.configs["flat/recommended"],
  {
    languageOptions: { parserOptions: { parser: typescript.parser, extraFileExtensions: [".vue"] } },
    rules: {
      "max-lines": ["error", 300],
      "no-console": "error",
      eqeqeq: "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "vue/no-v-html": "error",
      "vue/block-lang": ["error", { script: { lang: "ts" } }],
      "vue/component-api-style": ["error", ["script-setup"]],
      // the policy of the page refuses style attributes in markup
      "vue/no-restricted-static-attribute": ["error", "style"],
      "vue/no-bare-strings-in-template": ["error", { allowlist: ["·", "—", "/", ":", "%", "(", ")", "…", "▲", "●", "■", "◆", "⋯", "✓", "✉", "→", "⏎", "c", "d", "e", "r", "0", "SHA-256"] }],
      // how lines are broken is left to whoever writes them
      "vue/max-attributes-per-line": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/multiline-html-element-content-newline": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/html-indent": "off",
      "vue/html-self-closing": "off",
      "vue/multi-word-component-names": "off",
      "vue/attributes-order": "error",
    },
  },
  ...FOUNDATIONS.map((name) => ({
    files: [`src/${name}/**`],
    rules: { "no-restricted-imports": forbid([...PAGES, ...SHARED, "session"]) },
  })),
  // a page knows who is signed in and what is shared, and no other page
  ...PAGES.filter((name) => name !== "shell").map((name) => ({
    files: [`src/${name}/**`],
    rules: { "no-restricted-imports": forbid(PAGES.filter((other) => other !== name)) },
  })),
  ...SHARED.map((name) => ({ files: [`src/${name}/**`], rules: { "no-restricted-imports": forbid(PAGES) } })),
  { files: ["src/session/**"], rules: { "no-restricted-imports": forbid([...PAGES, ...SHARED]) } },
  { files: ["src/shell/DesignPage.vue"], rules: { "vue/no-bare-strings-in-template": "off" } },
);
