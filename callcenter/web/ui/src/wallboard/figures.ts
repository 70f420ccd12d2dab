/** What the tiles of the wallboard count, of the board as the backend has it. Pure. */
import type { Schemas } from "@/api/client";

export type Board = Schemas["BoardView"];
type Figures = Schemas["FiguresView"];

/** The queues that are shown; none for all. */
export type Queues = readonly string[];

/** Every queue that the board knows of, by name. */
export function queuesOf(board: Board): string[] {
  const waiting = Object.values(board.calls.waiting).map((caller) => caller.queue);
  const names = [...Object.keys(board.today.queues), ...Object.keys(board.agents.by_queue), ...waiting];
  return [...new Set(names.filter((name) => name !== null))].sort();
}

export interface Waiting {
  /** `pbx/call_id`. */
  key: string;
  queue: string | null;
  number: string | null;
  since: string;
  /** Whose turn it is in their queue, from 1. */
  position: number;
}

/** Callers who wait, by queue and turn. */
export function waitingOf(board: Board, queues: Queues): Waiting[] {
  return Object.entries(board.calls.waiting)
    .filter(([, caller]) => isShown(caller.queue, queues))
    .map(([key, caller]) => ({
      key,
      queue: caller.queue,
      number: caller.caller_number,
      since: caller.waiting_since,
      position: caller.position,
    }))
    .sort((one, other) => compare(one.queue ?? "", other.queue ?? "") || one.position - other.position);
}

/** Since when the caller waits who has waited longest; null while nobody waits. */
export function longestSince(waiting: readonly Waiting[]): number | null {
  return waiting.length === 0 ? null : Math.min(...waiting.map((caller) => Date.parse(caller.since)));
}

/** Calls in which somebody talks; of some queues those with their seats, since a call up does not say its queue. */
export function talkingOf(board: Board, queues: Queues): number {
  const seats = Object.entries(board.agents.seats).filter(([, seat]) => seat.queues.some((queue) => isShown(queue, queues)));
  const devices = new Set(seats.map(([key]) => key.slice(key.lastIndexOf("/") + 1)));
  return Object.values(board.calls.up).filter(
    ({ talking_with }) => talking_with.length > 0 && (queues.length === 0 || talking_with.some((who) => devices.has(who))),
  ).length;
}

export interface Counts {
  offered: number;
  answered: number;
  missed: number;
  /** From the most frequent on. */
  missedByKind: readonly (readonly [string, number])[];
  within15: number;
}

/** Today's calls that are over. In several queues together a call counts in each that it visited. */
export function countsOf(board: Board, queues: Queues): Counts {
  const parts = queues.length === 0 ? [board.today.total] : queues.flatMap((queue) => board.today.queues[queue] ?? []);
  const sum = (of: (figures: Figures) => number) => parts.reduce((total, figures) => total + of(figures), 0);
  const kinds = new Map<string, number>();
  for (const figures of parts) {
    for (const [kind, count] of Object.entries(figures.missed_by_kind)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  }
  return {
    offered: sum((figures) => figures.offered),
    answered: sum((figures) => figures.answered),
    missed: sum((figures) => figures.missed),
    missedByKind: [...kinds].sort(([one, many], [other, more]) => more - many || compare(one, other)),
    within15: sum((figures) => figures.ratios["service_level_15"]?.numerator ?? 0),
  };
}

/** `91.3`; never 100 where one is lacking; null where there is nothing to divide by. */
export function percentOf(numerator: number, denominator: number): string | null {
  if (denominator === 0) return null;
  if (numerator === denominator) return "100";
  return Math.min(99.9, (100 * numerator) / denominator).toFixed(1);
}

/**
 * The zero-miss gauge: met only if all four are known and 0. An answered call without a matter or a reason is work that is
 * left until the shift ends, and no miss: the gauge is open then.
 */
export function gaugeOf(audit: Board["audit"]): "met" | "open" | "missed" | "unknown" {
  const parts = [audit.unexplained, audit.unconfirmed, audit.blind_minutes];
  if (parts.some((part) => part !== null && part > 0)) return "missed";
  if (audit.undisposed === null || parts.some((part) => part === null)) return "unknown";
  return audit.undisposed > 0 ? "open" : "met";
}

/** Since when every witness has been heard without a gap, of today; null while one is not. */
export function listeningSince(board: Board): { since: number | null } | null {
  const watches = Object.values(board.witnesses);
  if (watches.length === 0 || watches.some((watch) => watch.is_blind)) return null;
  const ends = watches.flatMap((watch) => Object.values(watch.gaps)).map((gap) => (gap.to === null ? null : Date.parse(gap.to)));
  if (ends.includes(null)) return null;
  return { since: ends.length === 0 ? null : Math.max(...(ends as number[])) };
}

/** Witnesses that are not heard, as `pbx/witness`. */
export function blindWitnesses(board: Board): string[] {
  return Object.entries(board.witnesses)
    .filter(([, watch]) => watch.is_blind)
    .map(([name]) => name);
}

export function isShown(queue: string | null, queues: Queues): boolean {
  return queues.length === 0 || (queue !== null && queues.includes(queue));
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
