/** What is typed of a number or list by which matters are judged. Pure; days as `2026-11-28`. */
import type { Schemas } from "@/api/client";
import type { Axis } from "@/casework/codes";

export type Threshold = Schemas["ThresholdView"];
export type ThresholdUnit = Schemas["ThresholdUnit"];

export interface TypedThreshold {
  number: string;
  names: string[];
  from: string;
  source: string;
}

export type ThresholdFaults = Partial<Record<"number" | "names" | "from" | "source", string>>;

const WHOLE = /^\d{1,4}$/;
const SHARE = /^(0?\.\d{1,2}|0|1|1\.0{1,2})$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LARGEST = 1000;
const SHORTEST_SOURCE = 2;

/** Where the codes of a list come from; null for what is a number. */
export function axisOf(unit: ThresholdUnit): Axis | null {
  if (unit === "goods_codes") return "goods";
  return unit === "problem_codes" ? "problem" : null;
}

/** Each code once, by name: the one in force, or all, the newest first. */
export function shownOf(known: readonly Threshold[], isWhole: boolean): Threshold[] {
  const order = (one: Threshold) => known.findIndex((other) => other.code === one.code);
  return known
    .filter((one) => isWhole || one.is_in_force)
    .sort((one, other) => order(one) - order(other) || other.valid_from.localeCompare(one.valid_from));
}

/** As keys of the messages. */
export function faultsOfThreshold(typed: TypedThreshold, unit: ThresholdUnit, today: string): ThresholdFaults {
  const faults: ThresholdFaults = {};
  const number = Number(typed.number);
  if (axisOf(unit) !== null) {
    if (typed.names.length === 0) faults.names = "thresholds.faults.codes";
  } else if (unit === "share") {
    if (!SHARE.test(typed.number) || number <= 0) faults.number = "thresholds.faults.share";
  } else if (!WHOLE.test(typed.number) || number < 1 || number > LARGEST) faults.number = "thresholds.faults.number";
  if (!DAY.test(typed.from) || typed.from <= today) faults.from = "thresholds.faults.day";
  if (typed.source.trim().length < SHORTEST_SOURCE) faults.source = "thresholds.faults.source";
  return faults;
}
