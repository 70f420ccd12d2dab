/** The charts of reports for the server, which draws them without a browser: one script. */
import type { EChartsCoreOption } from "echarts/core";
import { init } from "./parts";

interface Painter {
  renderToVNode(options: object): unknown;
}

/** The picture as SVG. `option` is JSON. */
function drawSvg(option: string, width: number, height: number): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    // by itself ECharts rounds small shapes to tenths where it draws no page, and a browser to ten thousandths
    const { painter } = chart.getZr() as unknown as { painter: Painter };
    const exact = painter.renderToVNode.bind(painter);
    painter.renderToVNode = (options) => exact({ ...options, compress: false, animation: false, emphasis: false });
    chart.setOption(JSON.parse(option) as EChartsCoreOption);
    // flat, because QuickJS hands no text over that is still in pieces
    return chart.renderToSVGString().split("").join("");
  } finally {
    chart.dispose();
  }
}

// QuickJS has no clock; nothing of a picture without motion comes later
const never = () => 0;
Object.assign(globalThis, { drawSvg, setTimeout: never, clearTimeout: never });
