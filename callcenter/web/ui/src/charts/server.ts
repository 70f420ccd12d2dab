/** The charts of reports for the server, which draws them without a browser: one script, `charts.js`. */
import { init } from "./parts";

/** The picture as SVG. `option` is JSON. */
function drawSvg(option: string, width: number, height: number): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(JSON.parse(option) as object);
    // flat, because QuickJS hands no text over that is still in pieces
    return chart.renderToSVGString().split("").join("");
  } finally {
    chart.dispose();
  }
}

// QuickJS has no clock; nothing of a picture without motion comes later
const never = () => 0;
Object.assign(globalThis, { drawSvg, setTimeout: never, clearTimeout: never });
