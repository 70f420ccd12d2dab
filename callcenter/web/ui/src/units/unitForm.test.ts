import { describe, expect, it } from "vitest";
import { faultsOfContact, faultsOfUnit, nextPosition, regionsOf, typedOf, unitBody, type TypedContact, type Unit } from "./unitForm";

describe("a unit that is typed", () => {
  it("has its regions between any commas, each once", () => {
    expect(regionsOf(" 武进区、新北区, 武进区；;天宁区 ")).toEqual(["武进区", "新北区", "天宁区"]);
  });

  it("is sent without blanks around, and comes back the same", () => {
    const body = unitBody({ name: " 武进分局 ", kind: "station", regions: "湖塘镇" });
    expect(body).toEqual({ name: "武进分局", kind: "station", regions: ["湖塘镇"] });
    expect(unitBody(typedOf({ id: 1, version: 1, is_active: true, closed_at: null, ...body } as Unit))).toEqual(body);
  });

  it("has a name of some length and no endless regions", () => {
    expect(faultsOfUnit({ name: "武", kind: "branch", regions: "区".repeat(61) })).toEqual({
      name: "units.faults.name",
      regions: "units.faults.regions",
    });
    expect(faultsOfUnit(typedOf(null))).toEqual({ name: "units.faults.name" });
    expect(faultsOfUnit({ name: "武进", kind: "branch", regions: "" })).toEqual({});
  });
});

describe("a contact that is typed", () => {
  const typed: TypedContact = { position: "2", person: "李强", number: "138 0519 0051", hours: "always" };

  it("stands at a place, and has a name and a number", () => {
    expect(faultsOfContact(typed)).toEqual({});
    expect(faultsOfContact({ ...typed, position: "31", person: " ", number: "12" })).toEqual({
      position: "units.faults.position",
      person: "units.faults.person",
      number: "units.faults.number",
    });
  });

  it("is put at the first free place", () => {
    expect([[], [1, 2], [2], [1, 3]].map((taken) => nextPosition(taken.map((position) => ({ position }))))).toEqual([1, 3, 1, 2]);
  });
});
