/** A call as bars in time, one lane for the caller and one for each who was rung or talked. Pure. */
import type { Schemas } from "@/api/client";

export type CallRecord = Schemas["RecordView"];
export type Ring = Schemas["RingView"];

export type Bar = {
  lane: string | null;
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** It has not ended yet. */
  isUp: boolean;
} & (
  | { kind: "greeting" | "message" | "other" }
  | { kind: "queue"; queue: string | null; exit: Schemas["QueueExit"] | null }
  | { kind: "ring"; result: Schemas["RingResult"] | null }
  | { kind: "talk"; with: string; isHandedOn: boolean }
);

export type Person = Schemas["SeatedView"];

/** What people call those who sat at a device during the call. */
export function peopleAt(device: string, people: readonly Person[]): string[] {
  return people.filter((one) => one.device === device).map((one) => one.display_name ?? one.user);
}

export interface Lane {
  /** The device or number; null for the caller, or for the agent who rang out. */
  name: string | null;
  bars: Bar[];
}

export interface Timeline {
  from: number;
  to: number;
  lanes: Lane[];
}

/** `now` is the end of what has not ended. */
export function timelineOf(record: CallRecord, now: number): Timeline {
  const from = Date.parse(record.started_at);
  const end = record.ended_at === null ? now : Date.parse(record.ended_at);
  const isUp = record.ended_at === null;
  const bars = [...visitBars(record, end), ...talkBars(record, end, isUp)];
  const to = Math.max(end, from + 1_000, ...bars.map((bar) => bar.to));
  const own = bars.filter((bar) => bar.lane === null);
  const others = new Map<string, Bar[]>();
  for (const bar of bars) if (bar.lane !== null) others.set(bar.lane, [...(others.get(bar.lane) ?? []), bar]);
  const lanes = [...others].map(([name, found]): Lane => ({ name, bars: byTime(found) }));
  lanes.sort((one, other) => (one.bars[0]?.from ?? 0) - (other.bars[0]?.from ?? 0));
  return { from, to, lanes: [{ name: null, bars: byTime([...own, ...gapBars(record, own, from, end, isUp)]) }, ...lanes] };
}

function visitBars(record: CallRecord, end: number): Bar[] {
  return record.queue_visits.flatMap((visit) => {
    const rings = visit.rings.map((ring): Bar => {
      const at = Date.parse(ring.at);
      const isUp = ring.result === null && record.ended_at === null;
      const to = ring.seconds === null ? (isUp ? end : at) : at + ring.seconds * 1000;
      return { kind: "ring", lane: ring.agent, from: at, to, isUp, result: ring.result };
    });
    if (visit.joined_at === null) return rings;
    const left = visit.left_at === null ? end : Date.parse(visit.left_at);
    const waiting: Bar = {
      kind: "queue",
      lane: null,
      from: Date.parse(visit.joined_at),
      to: left,
      isUp: visit.left_at === null && record.ended_at === null,
      queue: visit.queue,
      exit: visit.exit,
    };
    return [waiting, ...rings];
  });
}

function talkBars(record: CallRecord, end: number, isUp: boolean): Bar[] {
  return record.talks.flatMap((talk, index) => {
    const from = Date.parse(talk.from);
    const to = talk.to === null ? end : Date.parse(talk.to);
    const isHandedOn = index < record.talks.length - 1;
    const bar = { kind: "talk" as const, from, to, isUp: isUp && talk.to === null, with: talk.with, isHandedOn };
    return [
      { ...bar, lane: null },
      { ...bar, lane: talk.with },
    ];
  });
}

/** What the caller heard in between: the greeting first, a message being left at the end, else nothing that is known. */
function gapBars(record: CallRecord, bars: Bar[], from: number, end: number, isUp: boolean): Bar[] {
  const gaps: Bar[] = [];
  let at = from;
  for (const bar of byTime(bars)) {
    if (bar.from > at) gaps.push({ kind: at === from ? "greeting" : "other", lane: null, from: at, to: bar.from, isUp: false });
    at = Math.max(at, bar.to);
  }
  if (end > at) {
    const isMessage = record.voicemail !== null || record.outcome === "voicemail_abandoned";
    const kind = isMessage ? "message" : at === from ? "greeting" : "other";
    gaps.push({ kind, lane: null, from: at, to: end, isUp });
  }
  return gaps;
}

function byTime(bars: Bar[]): Bar[] {
  return [...bars].sort((one, other) => one.from - other.from || one.to - other.to);
}

/** All bars in the order in which they began: the way of the keyboard and the lines of the table. */
export function walkOf(timeline: Timeline): Bar[] {
  const all = timeline.lanes.flatMap((lane) => lane.bars);
  // a talk stands in two lanes, and is one
  return byTime(all.filter((bar) => bar.kind !== "talk" || bar.lane !== null));
}

/** Moments at which to put figures, about `most` of them: whole seconds, minutes or more. */
export function ticksOf({ from, to }: Timeline, most = 6): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400].map((seconds) => seconds * 1000);
  const step = steps.find((one) => (to - from) / one <= most) ?? 86_400_000;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}
