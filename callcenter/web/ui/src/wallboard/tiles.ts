/** The eight tiles of page and wall: value, what it is made of, what it means, and how old it is. Pure. */
import { freshnessOf, type Freshness } from "@/design/freshness";
import { spanOf } from "@/design/time";
import type { Part } from "@/design/parts";
import type { Tone } from "@/design/tones";
import { countsOf, longestSince, percentOf, talkingOf, waitingOf, type Board, type Queues } from "./figures";
import { countStates, idleOf, seatsOf } from "./seats";

export type Translate = (key: string, values?: Record<string, string | number>) => string;

export interface Tile {
  /** Also the name of its definition. */
  name: string;
  value: string | null;
  /** What of the value may be smaller. */
  unit?: string;
  detail: string;
  /** Of a detail whose names may be long: shown so that the numbers are never cut. */
  parts?: readonly Part[];
  tone: Tone;
  freshness: Freshness;
}

/** From when on a wait is shown in that colour, in seconds. */
export interface Thresholds {
  yellow: number;
  red: number;
}

export interface Shown {
  board: Board;
  queues: Queues;
  now: number;
  thresholds: Thresholds;
  /** How many parts a detail may have: a tile on the wall has one line, and one more beside its value. */
  mostParts: number;
}

const SECOND = 1_000;

export function tilesOf({ board, queues, now, thresholds, mostParts }: Shown, t: Translate): Tile[] {
  const calls = freshnessOf(board.calls, now);
  const today = freshnessOf(board.today, now);
  const agents = freshnessOf(board.agents, now);
  const waiting = waitingOf(board, queues);
  const since = longestSince(waiting);
  // what nobody hears any more is as it was when it was heard: a wait that ran on would be made up
  const heardAt = calls.isOld && calls.asOf !== null ? calls.asOf : now;
  const waited = since === null ? 0 : heardAt - since;
  const waitTone = toneOfWait(waited, thresholds);
  const counts = countsOf(board, queues);
  const seats = seatsOf(board, queues, "name");
  const idle = idleOf(seats);
  const { open, overdue, deadline_unknown: unknownDue } = board.callbacks;
  const join = (parts: readonly string[]) => parts.join(" · ");
  return [
    {
      name: "waiting",
      value: String(waiting.length),
      detail: "",
      parts: queueParts(waiting.map((caller) => caller.queue ?? "—"), mostParts + 1, t("wallboard.others")),
      tone: waitTone,
      freshness: calls,
    },
    {
      name: "longestWait",
      ...waitText(waited, t),
      detail:
        waitTone === "plain"
          ? ""
          : t("wallboard.over", { seconds: waitTone === "alarming" ? thresholds.red : thresholds.yellow }),
      tone: waitTone,
      freshness: calls,
    },
    { name: "talking", value: String(talkingOf(board, queues)), detail: "", tone: "plain", freshness: calls },
    {
      name: "idle",
      value: idle === null ? null : String(idle.idle),
      unit: idle === null ? "" : `/${idle.of}`,
      detail: join(
        namedParts(
          countStates(seats).filter(([state]) => state !== "available"),
          mostParts,
          (state) => t(state === null ? "wallboard.others" : `wallboard.states.${state}`),
        ),
      ),
      tone: idle !== null && idle.idle === 0 && waiting.length > 0 ? "warning" : "plain",
      freshness: agents,
    },
    {
      name: "serviceLevel",
      ...shareParts(counts.within15, counts.offered),
      detail: counts.offered === 0 ? t("wallboard.noCalls") : `${counts.within15}/${counts.offered}`,
      tone: "plain",
      freshness: today,
    },
    {
      name: "answered",
      value: String(counts.answered),
      detail: t("wallboard.offered", { count: counts.offered }),
      tone: "plain",
      freshness: today,
    },
    {
      name: "missed",
      value: String(counts.missed),
      detail: join(
        namedParts(counts.missedByKind, mostParts, (kind) =>
          t(kind === null ? "wallboard.others" : `wallboard.missedKinds.${kind}`),
        ),
      ),
      tone: "plain",
      freshness: today,
    },
    {
      name: "callbacks",
      value: String(open),
      detail: join([
        ...(queues.length > 0 ? [t("wallboard.ofAllQueues")] : []),
        ...(overdue > 0 ? [t("wallboard.overdue", { count: overdue })] : []),
        ...(unknownDue > 0 ? [t("wallboard.unknownDue", { count: unknownDue })] : []),
      ]),
      tone: overdue > 0 ? "alarming" : "plain",
      freshness: freshnessOf(board.callbacks, now),
    },
  ];
}

/** `63:12`: never wider than a tile on the wall. */
export function waitText(milliseconds: number, t: Translate): Pick<Tile, "value" | "unit"> {
  const { hours, minutes, seconds } = spanOf(milliseconds);
  const whole = 60 * hours + minutes;
  const two = (number: number) => String(number).padStart(2, "0");
  return whole > 99 ? { value: "99+", unit: t("wallboard.minute") } : { value: `${two(whole)}:${two(seconds)}` };
}

/** Seconds of the longest wait on a wall, which is nobody's own: what 12315 wants, and a minute. */
export const WALL_THRESHOLDS: Thresholds = { yellow: 15, red: 60 };

export function toneOfWait(milliseconds: number, { yellow, red }: Thresholds): Tone {
  if (milliseconds >= red * SECOND) return "alarming";
  return milliseconds >= yellow * SECOND ? "warning" : "plain";
}

/** A share with nothing to divide by is shown as what it is made of. */
function shareParts(numerator: number, denominator: number): Pick<Tile, "value" | "unit"> {
  const percent = percentOf(numerator, denominator);
  return percent === null ? { value: "0/0" } : { value: percent, unit: "%" };
}

/** The queues with most callers, and all others together. */
function queueParts(names: readonly string[], most: number, others: string): Part[] {
  const parts = [...new Set(names)]
    .map((name) => ({ name, count: names.filter((other) => other === name).length }))
    .sort((one, other) => other.count - one.count || one.name.localeCompare(other.name));
  if (parts.length <= most) return parts;
  const rest = parts.slice(most - 1).reduce((total, { count }) => total + count, 0);
  return [...parts.slice(0, most - 1), { name: others, count: rest }];
}

/** The first kinds by name, all others together; `nameOf` null names the others. */
function namedParts(
  kinds: readonly (readonly [string, number])[],
  most: number,
  nameOf: (kind: string | null) => string,
): string[] {
  const named = kinds.length > most ? kinds.slice(0, most - 1) : kinds;
  const others = kinds.slice(named.length).reduce((total, [, count]) => total + count, 0);
  return [
    ...named.map(([kind, count]) => `${nameOf(kind)} ${count}`),
    ...(others > 0 ? [`${nameOf(null)} ${others}`] : []),
  ];
}
