import { describe, expect, it } from "vitest";
import { linkOf } from "./links";

describe("what a matter is linked with", () => {
  it.each(["pbx1-7.0", "pbx1/pbx1-7.0", "/calls/pbx1/pbx1-7.0", " https://desk.example:8443/calls/pbx1/pbx1-7.0 "])(
    "is the call %s",
    (typed) => {
      expect(linkOf("call", typed)).toEqual({ what: "call", call: { pbx: "pbx1", call_id: "pbx1-7.0" } });
    },
  );

  it.each(["7", "#7", "/mediations/7", "https://desk.example/mediations/7"])("is the mediation %s", (typed) => {
    expect(linkOf("mediation", typed)).toEqual({ what: "mediation", ref_id: 7 });
  });

  it.each([
    ["call", "7"],
    ["call", ""],
    ["episode", "0"],
    ["message", "seven"],
    ["mediation", "pbx1-7.0"],
  ] as const)("is no %s: %j", (what, typed) => {
    expect(linkOf(what, typed)).toBeNull();
  });
});
