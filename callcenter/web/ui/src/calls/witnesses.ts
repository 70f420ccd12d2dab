/** What the two witnesses of a call told, line by line, and where they differ. Pure. */
import type { CallRecord } from "./timeline";

export interface Line {
  /** A field of the record, with the index of what it holds: `talks.0.from`. */
  field: string;
  ami: string;
  ledger: string;
  isDifferent: boolean;
}

/** No witness says who witnessed, and neither knows of sound files. */
const LEFT_OUT = new Set(["witnesses", "recordings", "anomalies", "complete"]);
/** What the ledger never has is no difference. */
const OF_AMI_ALONE = /^queue_visits\.\d+\.position$/;
/** By so much moments may differ: two clocks are read. */
const TOLERANCE = 1_000;
const MOMENT = /^\d{4}-\d{2}-\d{2}T/;

function leavesOf(value: unknown, path: string, leaves: Map<string, string>): Map<string, string> {
  if (typeof value === "object" && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      if (path !== "" || !LEFT_OUT.has(name)) leavesOf(part, path === "" ? name : `${path}.${name}`, leaves);
    }
  } else leaves.set(path, value === null || value === undefined ? "" : String(value));
  return leaves;
}

function isSame(one: string, other: string): boolean {
  if (one === other) return true;
  if (MOMENT.test(one) && MOMENT.test(other)) return Math.abs(Date.parse(one) - Date.parse(other)) <= TOLERANCE;
  const [first, second] = [Number(one), Number(other)];
  // durations follow from moments
  const areFractions = one !== "" && other !== "" && (one + other).includes(".");
  return areFractions && Math.abs(first - second) <= 2 * (TOLERANCE / 1000);
}

/** Fields in the order of the record; those that neither knows are left out. */
export function compared(ami: CallRecord, ledger: CallRecord): Line[] {
  const told = leavesOf(ami, "", new Map());
  const written = leavesOf(ledger, "", new Map());
  return [...new Set([...told.keys(), ...written.keys()])]
    .map((field) => {
      const [one, other] = [told.get(field) ?? "", written.get(field) ?? ""];
      const isDifferent = !isSame(one, other) && !(other === "" && OF_AMI_ALONE.test(field));
      return { field, ami: one, ledger: other, isDifferent };
    })
    .filter((line) => line.ami !== "" || line.ledger !== "");
}
