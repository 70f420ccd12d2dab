import { describe, expect, it } from "vitest";
import { commandsFor, isMuted, lastDeed, sinceOf, type Leg, type Mediation } from "./legs";

const leg = (id: number, role: Leg["role"], place: Leg["place"], more: Partial<Leg> = {}) =>
  ({ id, role, place, called_at: null, joined_at: null, left_at: null, ...more }) as Leg;
const event = (leg_id: number, what: string, second: number) =>
  ({ leg_id, what, at: `2026-11-28T06:00:${String(second).padStart(2, "0")}Z`, actor: "pbx", detail: null }) as Mediation["events"][number];
const mediation = (legs: Leg[], more: Partial<Mediation> = {}) =>
  ({ state: "open", events: [], legs, ...more }) as unknown as Mediation;

const host = leg(1, "host", "room");
const consumer = leg(2, "consumer", "room");
const merchant = (place: Leg["place"]) => leg(3, "merchant", place);

describe("what a host can do", () => {
  it.each<[string, Leg, Mediation, string[]]>([
    ["with themselves: nothing", host, mediation([host, consumer]), []],
    ["with the only guest", consumer, mediation([host, consumer]), ["mute", "hold", "remove"]],
    ["with one of two", consumer, mediation([host, consumer, merchant("room")]), ["mute", "hold", "private-word", "remove"]],
    ["with one who waits", merchant("hold"), mediation([host, consumer, merchant("hold")]), ["return", "private-word", "remove"]],
    ["with one who is rung", merchant("dialled"), mediation([host, consumer, merchant("dialled")]), ["remove"]],
    ["with one who has gone", merchant("left"), mediation([host, consumer, merchant("left")]), []],
    ["when it is over", consumer, mediation([host, consumer], { state: "ended" }), []],
    ["with one who is muted", consumer, mediation([host, consumer], { events: [event(2, "entered", 0), event(2, "mute", 5)] }), ["unmute", "hold", "remove"]],
  ])("%s", (_, one, all, commands) => {
    expect(commandsFor(one, all)).toEqual(commands);
  });
});

it("one who was muted and comes back into the room is heard", () => {
  const events = [event(2, "entered", 0), event(2, "mute", 5), event(2, "held", 8), event(2, "entered", 9)];
  expect([isMuted(consumer, events.slice(0, 2)), isMuted(consumer, events)]).toEqual([true, false]);
});

it("a leg is where it is since it came there", () => {
  const events = [event(2, "entered", 0), event(2, "held", 8), event(2, "entered", 9)];
  const since = (one: Leg) => sinceOf(one, events);
  expect([
    since(consumer),
    since({ ...consumer, place: "hold" }),
    since(leg(4, "officer", "dialled", { called_at: "2026-11-28T06:00:30Z" })),
    since(leg(4, "officer", "left", { left_at: "2026-11-28T06:00:40Z" })),
    since(leg(4, "officer", "not_called")),
  ]).toEqual([
    "2026-11-28T06:00:09Z",
    "2026-11-28T06:00:08Z",
    "2026-11-28T06:00:30Z",
    "2026-11-28T06:00:40Z",
    null,
  ]);
});

it("who did something last with a leg, or with all, is a person", () => {
  const by = (actor: string, one: Mediation["events"][number]) => ({ ...one, actor });
  const ended = { ...by("wang", event(0, "end", 9)), leg_id: null };
  const events = [by("chen", event(2, "hold", 1)), by("wang", event(2, "remove", 2)), event(2, "dismissed", 3), ended];
  expect([lastDeed(consumer, events)?.actor, lastDeed(null, events), lastDeed(merchant("room"), events)]).toEqual(["wang", ended, null]);
});
