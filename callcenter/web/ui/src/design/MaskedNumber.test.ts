import { describe, expect, it } from "vitest";
import EmptyCard from "./EmptyCard.vue";
import MaskedNumber from "./MaskedNumber.vue";
import { mounted } from "./mounting";

describe("MaskedNumber", () => {
  it.each([
    ["138****5678", "138****5678"],
    ["13812345678", "138 1234 5678"],
    ["+8613812345678", "138 1234 5678"],
    ["0519-8512315", "0519-8512315"],
    [null, "号码隐藏"],
  ])("shows %s as %s", (number, text) => {
    expect(mounted(MaskedNumber, { number }).text()).toBe(text);
  });

  it("offers the whole number only where it is masked and may be asked for", async () => {
    const masked = mounted(MaskedNumber, { number: "138****5678", canUnmask: true });
    await masked.get("button").trigger("click");
    expect(masked.emitted("unmask")).toHaveLength(1);
    expect(mounted(MaskedNumber, { number: "13812345678", canUnmask: true }).find("button").exists()).toBe(false);
    expect(mounted(MaskedNumber, { number: "138****5678" }).find("button").exists()).toBe(false);
  });
});

describe("EmptyCard", () => {
  it("says what nothing means", () => {
    expect(mounted(EmptyCard, { title: "没有人在等回电", hint: "最后一位 14:05" }).text()).toBe(
      "没有人在等回电最后一位 14:05",
    );
  });
});
