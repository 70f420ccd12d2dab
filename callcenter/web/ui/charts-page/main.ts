/** Charts alone on a page, from `charts.json` beside it: for the tests that compare them with printed ones. */
import { createApp, h } from "vue";
import ReportCharts from "@/charts/ReportCharts.vue";
import type { Drawing } from "@/charts/drawing";
import "@/design/base.css";
import "@/design/tokens.css";
import { i18n } from "@/messages";

const charts = (await (await fetch("/charts.json")).json()) as Drawing[];
createApp({ render: () => h("main", h(ReportCharts, { charts })) })
  .use(i18n)
  .mount("#app");
