/** Charts alone on a page, from `charts.json` beside it: for the tests that compare them with printed ones. */
import { createApp, h } from "vue";
import ReportChart from "@/charts/ReportChart.vue";
import type { Drawing } from "@/charts/drawing";
import "@/design/base.css";
import "@/design/tokens.css";
import { i18n } from "@/messages";

const charts = (await (await fetch("/charts.json")).json()) as Drawing[];
createApp({ render: () => h("main", charts.map((chart) => h(ReportChart, { chart }))) })
  .use(i18n)
  .mount("#app");
