import { describe, expect, it } from "vitest";
import type { Leg, Mediation } from "./legs";
import { nextOf, placeOf, sidesOf } from "./settlement";

const leg = (id: number, role: Leg["role"], place: Leg["place"], more: Partial<Leg> = {}) =>
  ({ id, role, place, takes_part: null, agrees: null, ...more }) as Leg;
const host = leg(1, "host", "room");
const mediation = (legs: Leg[], more: Partial<Mediation> = {}) =>
  ({ agreement: null, result: null, legs: [host, ...legs], ...more }) as Mediation;

const yes = { takes_part: true };
const agreement = "退款";

describe("what is written down next", () => {
  it.each<[string, Mediation, string | null]>([
    ["the first side's consent", mediation([leg(2, "consumer", "room"), leg(3, "merchant", "hold")]), "settlement-consent-2"],
    ["the other's", mediation([leg(2, "consumer", "room", yes), leg(3, "merchant", "hold")]), "settlement-consent-3"],
    ["not of one who is rung", mediation([leg(2, "consumer", "room", yes), leg(3, "merchant", "dialled")]), "settlement-agreement"],
    ["the first answer to the agreement", mediation([leg(2, "consumer", "room", yes), leg(3, "merchant", "room", yes)], { agreement }), "settlement-answer-2"],
    ["the other's answer", mediation([leg(2, "consumer", "room", { ...yes, agrees: false }), leg(3, "merchant", "room", yes)], { agreement }), "settlement-answer-3"],
    ["no answer of one who takes no part", mediation([leg(2, "consumer", "room", { takes_part: false })], { agreement }), "settlement-result"],
    ["nothing once the result stands", mediation([leg(2, "consumer", "room")], { result: "refused" }), null],
  ])("%s", (_, one, place) => {
    const next = nextOf(one);
    expect(next && placeOf(next)).toBe(place);
  });
});

it("sides are those who can be asked and those who were, never the host", () => {
  const legs = [leg(2, "consumer", "left", yes), leg(3, "merchant", "dialled"), leg(4, "officer", "hold"), leg(5, "interpreter", "left")];
  expect([sidesOf(mediation(legs)), sidesOf(mediation(legs, { result: "settled" }))].map((sides) => sides.map((one) => one.id))).toEqual([
    [2, 4],
    [2],
  ]);
});
