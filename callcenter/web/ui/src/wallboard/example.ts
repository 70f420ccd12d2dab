/** For tests alone: a board as the backend sends it. */
import type { Board } from "./figures";

export const NOW = Date.UTC(2026, 10, 28, 6, 5, 9);
export const FRESH = { as_of: "2026-11-28T06:05:08Z", is_blind: false };

const seconds = (before: number) => new Date(NOW - before * 1000).toISOString();
const ratio = (numerator: number, denominator: number) => ({
  numerator,
  denominator,
  value: denominator === 0 ? null : numerator / denominator,
});

function figures(answered: number, missed: Record<string, number>, within15: number): Board["today"]["total"] {
  const lost = Object.values(missed).reduce((sum, count) => sum + count, 0);
  return {
    offered: answered + lost,
    answered,
    missed: lost,
    missed_by_kind: missed,
    short: 0,
    handled: answered,
    longest_wait_seconds: null,
    ratios: { service_level_15: ratio(within15, answered + lost) },
  };
}

type SeatView = Board["agents"]["seats"][string];

function seat(state: SeatView["state"], changes: Partial<SeatView> = {}): SeatView {
  return {
    user: null,
    display_name: null,
    member_name: "1001",
    queues: ["hotline"],
    state,
    reason: null,
    state_since: seconds(60),
    ...changes,
  };
}

export function exampleBoard(changes: Partial<Board> = {}): Board {
  return {
    day: "2026-11-28",
    metrics_version: 1,
    is_reading: true,
    calls: {
      ...FRESH,
      up: {
        "pbx1/1": up(["1002"]),
        "pbx1/2": up(["1003"]),
        "pbx1/3": up([]),
      },
      waiting: {
        "pbx1/7": { queue: "hotline", caller_number: "138****5678", waiting_since: seconds(20), position: 2 },
        "pbx1/5": { queue: "hotline", caller_number: null, waiting_since: seconds(5), position: 1 },
        "pbx1/6": { queue: "advice", caller_number: "139****0001", waiting_since: seconds(62), position: 1 },
      },
    },
    today: {
      ...FRESH,
      unconfirmed: 0,
      settled: 0,
      total: figures(73, { abandoned_queue: 4, queue_timeout: 2, after_hours: 1 }, 71),
      queues: { hotline: figures(70, { abandoned_queue: 4, queue_timeout: 2 }, 69), advice: figures(3, {}, 2) },
    },
    agents: {
      ...FRESH,
      seats: {
        "pbx1/PJSIP/1001": seat("available", { user: "chen", display_name: "陈丽" }),
        "pbx1/PJSIP/1002": seat("talking", { user: "wang", display_name: "王芳" }),
        "pbx1/PJSIP/1003": seat("talking", { queues: ["advice"], member_name: "1003" }),
        "pbx1/PJSIP/1004": seat("paused", { user: "zhao", reason: "meal" }),
        "pbx1/PJSIP/1005": seat("signed_off", { user: "sun" }),
        "pbx1/Local/13812345678@mobiles": seat("unreachable", { member_name: "Local/13812345678@mobiles" }),
      },
      by_state: {},
      by_queue: { hotline: {}, advice: {} },
    },
    callbacks: { ...FRESH, open: 7, overdue: 2, deadline_unknown: 0 },
    alarms: {
      ...FRESH,
      duty: 0,
      first_attempts_overdue: 0,
      contacts_overdue: 0,
      promises_due: 0,
      promises_late: 0,
      deadlines_unknown: 0,
      dials_unknown: 0,
      parts_down: 0,
      disks_short: [],
    },
    dials: { ...FRESH, in_flight: {} },
    audit: { as_of: seconds(50), is_blind: false, unexplained: 0, unconfirmed: 0, blind_minutes: 0, undisposed: 2, answer: "accounted_for" },
    witnesses: {
      "pbx1/ami": { heard_until: seconds(1), is_blind: false, gaps: {} },
      "pbx1/ledger": {
        heard_until: seconds(1),
        is_blind: false,
        gaps: { "3": { from: seconds(7200), to: seconds(3600), reason: "link_down" } },
      },
    },
    ...changes,
  };
}

function up(talkingWith: string[]): Board["calls"]["up"][string] {
  return {
    direction: "inbound",
    caller_number: "138****5678",
    dialled_number: "12315",
    started_at: seconds(300),
    answered_at: null,
    talking_with: talkingWith,
  };
}
