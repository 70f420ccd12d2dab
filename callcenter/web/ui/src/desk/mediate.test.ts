import { expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import type { Me } from "@/session/me";
import { canBeMediated } from "./mediate";

type Call = Schemas["DeskCallView"];
const call = (more: Partial<Call> = {}) => ({ direction: "inbound", state: "talking", ...more }) as Call;
const me = { mediation: null } as Me;

it.each<[string, Me | null, Call | null, boolean]>([
  ["a caller", me, call(), true],
  ["somebody who was rung", me, call({ direction: "outbound" }), true],
  ["no colleague", me, call({ direction: "internal" }), false],
  ["nobody who is on hold, or has gone", me, call({ state: "held" }), false],
  ["nobody while another goes on", { mediation: { id: 7, call: null, state: "open" } } as Me, call(), false],
  ["nobody without a call", me, null, false],
  ["nobody before anything is known", null, call(), false],
])("a mediation can be begun with %s", (_, known, one, can) => {
  expect(canBeMediated(known, one)).toBe(can);
});
