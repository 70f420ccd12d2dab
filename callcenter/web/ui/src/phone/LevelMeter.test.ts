import { expect, it } from "vitest";
import { mounted } from "@/design/mounting";
import LevelMeter from "./LevelMeter.vue";

it.each<[number | null, number]>([
  [0, 0],
  [0.03, 1],
  [0.25, 4],
  [1, 8],
  [null, 0],
])("LevelMeter shows %s by bars", (level, lit) => {
  const meter = mounted(LevelMeter, { level, label: "麦克风音量" });
  expect(meter.findAll(".lit").length).toBe(lit);
  expect(meter.attributes()).toMatchObject({ role: "meter", "aria-label": "麦克风音量", "aria-valuenow": String(lit) });
  expect(meter.classes("unknown")).toBe(level === null);
});
