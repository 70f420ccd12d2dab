/** Rows of the callback list: why each stands there, which are shown, and which comes next. Pure. */
import type { LocationQuery } from "vue-router";
import type { Schemas } from "@/api/client";

export type Row = Schemas["CallbackView"];
export type Outcome = Schemas["Outcome"];

/** What puts a caller before others, by the order of the list: the first that is true of them. */
export type Urgency = "emergency" | "message" | "several" | "waited";

/** Which rows are shown; the address holds it. */
export interface Choice {
  /** How the latest call was lost. */
  outcome: string | null;
  queue: string | null;
  overdue: boolean;
  message: boolean;
  mine: boolean;
}

export const ALL: Choice = { outcome: null, queue: null, overdue: false, message: false, mine: false };

export function urgencyOf(row: Row): Urgency {
  if (row.is_emergency) return "emergency";
  if (row.has_message) return "message";
  return row.tries_within_10_minutes > 1 ? "several" : "waited";
}

/** How the caller was lost lately; null for a row without a call, which is none that the backend gives. */
export function outcomeOf(row: Row): Outcome | null {
  return latestCall(row)?.outcome ?? null;
}

export function latestCall(row: Row): Row["calls"][number] | null {
  return row.calls.reduce<Row["calls"][number] | null>(
    (latest, call) => (latest === null || call.started_at > latest.started_at ? call : latest),
    null,
  );
}

/** The outcomes that are said already by what makes the caller urgent. */
const SAID: readonly (Outcome | null)[] = ["emergency_unanswered", "voicemail"];

/** How the caller was lost, unless the row says so anyway. */
export function otherOutcomeOf(row: Row): Outcome | null {
  const outcome = outcomeOf(row);
  return SAID.includes(outcome) ? null : outcome;
}

/** As the caller's phone last gave it; null where it never did. */
export function nameOf(row: Row): string | null {
  return row.calls.toReversed().find((call) => call.caller_name !== null)?.caller_name ?? null;
}

export function chosen(rows: readonly Row[], choice: Choice, me: string): Row[] {
  return rows.filter(
    (row) =>
      (choice.outcome === null || outcomeOf(row) === choice.outcome) &&
      (choice.queue === null || row.queues.includes(choice.queue)) &&
      (!choice.overdue || row.is_overdue) &&
      (!choice.message || row.has_message) &&
      (!choice.mine || row.claim?.user === me),
  );
}

/** What can be chosen of the rows that are there, and what is chosen now, so that it can be taken back. */
export function optionsOf(rows: readonly Row[], choice: Choice): { outcomes: string[]; queues: string[] } {
  const sorted = (values: (string | null)[]) => [...new Set(values.filter((value) => value !== null))].sort();
  return {
    outcomes: sorted([choice.outcome, ...rows.map(outcomeOf)]),
    queues: sorted([choice.queue, ...rows.flatMap((row) => row.queues)]),
  };
}

/** The row that is so many places away from the one with that id; without such a row the first or the last. */
export function neighbour(rows: readonly Row[], id: number | null, step: 1 | -1): Row | null {
  const index = rows.findIndex((row) => row.id === id);
  if (index < 0) return (step > 0 ? rows[0] : rows.at(-1)) ?? null;
  return rows[Math.min(rows.length - 1, Math.max(0, index + step))] ?? null;
}

/** Those that were there before and no longer are. */
export function gone(before: readonly Row[], now: readonly Row[]): Row[] {
  const present = new Set(now.map((row) => row.id));
  return before.filter((row) => !present.has(row.id));
}

/** What an address cannot mean is as if it were not there; the second value says whether there was such a thing. */
export function choiceOf(query: LocationQuery): [Choice, boolean] {
  const known = new Set(["outcome", "queue", "overdue", "message", "mine"]);
  let isBroken = Object.keys(query).some((name) => !known.has(name));
  const text = (name: string) => {
    const value = query[name];
    if (value === undefined) return null;
    if (typeof value === "string" && value !== "" && value.length <= 80) return value;
    isBroken = true;
    return null;
  };
  const flag = (name: string) => {
    const value = text(name);
    if (value !== null && value !== "1") isBroken = true;
    return value === "1";
  };
  const choice = {
    outcome: text("outcome"),
    queue: text("queue"),
    overdue: flag("overdue"),
    message: flag("message"),
    mine: flag("mine"),
  };
  return [choice, isBroken];
}

export function queryOf(choice: Choice): Record<string, string> {
  const query: Record<string, string> = {};
  if (choice.outcome !== null) query["outcome"] = choice.outcome;
  if (choice.queue !== null) query["queue"] = choice.queue;
  for (const name of ["overdue", "message", "mine"] as const) if (choice[name]) query[name] = "1";
  return query;
}

export interface DayAccount {
  callers: number;
  states: Partial<Record<Row["state"], number>>;
  lastClosedAt: string | null;
}

/** What became of everybody who was lost on a day. */
export function accountOf(rows: readonly Row[]): DayAccount {
  const states: DayAccount["states"] = {};
  let lastClosedAt: string | null = null;
  for (const row of rows) {
    states[row.state] = (states[row.state] ?? 0) + 1;
    if (row.closed_at !== null && (lastClosedAt === null || row.closed_at > lastClosedAt)) lastClosedAt = row.closed_at;
  }
  return { callers: rows.length, states, lastClosedAt };
}
