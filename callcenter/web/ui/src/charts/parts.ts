/** What the charts of reports are drawn with, in the browser and on the server. */
import { BarChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapContinuousComponent,
} from "echarts/components";
import { setPlatformAPI, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  BarChart,
  GridComponent,
  HeatmapChart,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  ScatterChart,
  SVGRenderer,
  TitleComponent,
  VisualMapContinuousComponent,
]);

/** How wide letters are taken for, in parts of their size. */
const WIDE = 1;
const NARROW = 0.56;
const LAST_NARROW = 0x2e7f;

/** Both sides place things by the same measure, whatever fonts they have: the server has none to measure by. */
function measureText(text: string, font?: string): { width: number } {
  const size = Number(/([\d.]+)px/.exec(font ?? "")?.[1] ?? 12);
  let width = 0;
  for (const sign of text) width += (sign.codePointAt(0) ?? 0) > LAST_NARROW ? WIDE : NARROW;
  return { width: width * size };
}

setPlatformAPI({ measureText });

export { init } from "echarts/core";
