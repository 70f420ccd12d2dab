import { flushPromises } from "@vue/test-utils";
import { describe, expect, it, vi } from "vitest";
import { mounted } from "@/design/mounting";
import DesignPage from "./DesignPage.vue";

// what it draws is the subject of its own test, and needs a canvas
vi.mock("@/design/ArrivalsChart.vue", () => ({ default: { render: () => null } }));

/** What pages are made of, and the parts of pages that the design names. */
const COMPONENTS = [
  ...Object.keys(import.meta.glob(["../design/*.vue", "../phone/*.vue"])),
  "../calls/CallTimeline.vue",
  "../desk/CallBar.vue",
  "../desk/RingCard.vue",
].map((path) => path.replace(/^.*\/(\w+)\.vue$/, "$1"));

/** It mounts all of them, on a machine that has other work. */
const PATIENCE = 60_000;

describe("the page of own components", () => {
  it("has an entry for each", async () => {
    const page = mounted(DesignPage);
    await flushPromises();
    const entries = page.findAll("h2").flatMap((heading) => heading.text().split(", "));
    expect(COMPONENTS.length).toBeGreaterThan(20);
    expect(COMPONENTS.filter((name) => !entries.includes(name))).toEqual([]);
    expect(COMPONENTS.filter((name) => !page.findComponent({ name }).exists())).toEqual([]);
    page.unmount();
  }, PATIENCE);
});
