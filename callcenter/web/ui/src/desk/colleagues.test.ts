import { expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import type { Me } from "@/session/me";
import { colleaguesOf } from "./colleagues";

const agent = (user: string, state: string | null, pbx = "pbx1") =>
  ({ user, seat: state === null ? null : { pbx, interface: `PJSIP/${user}`, state } }) as Schemas["AgentView"];

it("a call can be given to those at the same PBX who are not in one, the free ones first", () => {
  const me = { user: "chen", seat: { pbx: "pbx1" } } as Me;
  const agents = [
    agent("chen", "talking"),
    agent("zhou", "available"),
    agent("wang", "talking"),
    agent("li", "paused"),
    agent("zhao", "available", "pbx2"),
    agent("sun", null),
    agent("qian", "available"),
  ];
  expect(colleaguesOf(agents, me).map((one) => [one.user, one.canBeRung])).toEqual([
    ["qian", true],
    ["zhou", true],
    ["li", true],
    ["wang", false],
  ]);
  expect(colleaguesOf(agents, { user: "chen", seat: null } as Me)).toEqual([]);
  expect(colleaguesOf(agents, null)).toEqual([]);
});
