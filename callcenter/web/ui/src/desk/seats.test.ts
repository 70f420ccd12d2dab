import { describe, expect, it } from "vitest";
import { choiceAmong, keyOf, seatsToOffer, type Device } from "./seats";

const device = (name: string, more: Partial<Device> = {}): Device => ({
  pbx: "pbx1",
  name: `PJSIP/${name}`,
  kind: name.startsWith("2") ? "browser" : "desk",
  is_registered: false,
  taken_by: null,
  ...more,
});

const DEVICES = [
  device("1001", { taken_by: "wang", is_registered: true }),
  device("1002"),
  device("1003", { is_registered: true }),
  device("2001", { taken_by: "wang" }),
  device("2002"),
  device("2010"),
  device("2001", { pbx: "pbx2" }),
];

describe("seats that are offered", () => {
  it("are one in the browser for each PBX, then desk phones, plugged in and free ones first", () => {
    expect(seatsToOffer(DEVICES, "chen", null).map(keyOf)).toEqual([
      "pbx2/PJSIP/2001",
      "pbx1/PJSIP/2002",
      "pbx1/PJSIP/1003",
      "pbx1/PJSIP/1002",
      "pbx1/PJSIP/1001",
    ]);
  });

  it.each([
    ["the one of the last time", "chen", "pbx1/PJSIP/2010", "pbx1/PJSIP/2010"],
    ["not one that is taken", "chen", "pbx1/PJSIP/2001", "pbx1/PJSIP/2002"],
    ["one's own", "wang", "pbx1/PJSIP/2010", "pbx1/PJSIP/2010"],
  ])("in the browser: %s", (_, user, before, wanted) => {
    const offered = seatsToOffer(DEVICES.filter((one) => one.pbx === "pbx1"), user, before);
    expect(offered[0] && keyOf(offered[0])).toBe(wanted);
  });

  const offered = seatsToOffer(DEVICES, "chen", null);
  const nothing = { chosen: null, before: null };

  it.each([
    ["at first the one of the last time", { ...nothing, before: "pbx1/PJSIP/1002" }, "pbx1/PJSIP/1002"],
    ["the browser, where that is away", { ...nothing, before: "pbx1/PJSIP/1009" }, "pbx2/PJSIP/2001"],
    ["the browser", nothing, "pbx2/PJSIP/2001"],
    ["what was chosen", { chosen: device("1002"), before: "pbx1/PJSIP/1003" }, "pbx1/PJSIP/1002"],
    ["another seat in the browser, where somebody was first", { chosen: device("2001"), before: null }, "pbx1/PJSIP/2002"],
    ["no other telephone by itself that cannot be rung", { chosen: device("1001"), before: null }, "pbx2/PJSIP/2001"],
  ])("have one chosen: %s", (_, wish, wanted) => {
    const chosen = choiceAmong(offered, "chen", wish);
    expect(chosen && keyOf(chosen)).toBe(wanted);
  });

  it("have none chosen where nothing can be rung", () => {
    expect(choiceAmong([device("1002"), device("1001", { taken_by: "wang" })], "chen", nothing)).toBe(null);
  });
});
