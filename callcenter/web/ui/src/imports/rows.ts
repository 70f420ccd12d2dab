/** What rows of an import would do or have done, in words and numbers. Pure. */
import type { Schemas } from "@/api/client";

export type Import = Schemas["TicketImportView"];
export type Row = Schemas["ImportRowView"];
export type Status = Schemas["RowStatus"];

type T = (key: string, values?: Record<string, string | number>) => string;

/** What is wrong with a row, or what it changes and what stays as it is here; empty where there is nothing to say. */
export function detailOf(row: Row, t: T): string {
  const names = (fields: readonly string[]) => fields.map((name) => t(`casework.fields.${name}`)).join(t("imports.and"));
  const parts: string[] = [];
  if (row.problem !== null) {
    const problem = t(`enums.RowProblem.${row.problem}`);
    parts.push(
      row.field === null ? problem : t("imports.problem", { field: t(`enums.PlatformField.${row.field}`), problem }),
    );
  }
  if (row.changes.length > 0) parts.push(t("imports.changes", { fields: names(row.changes) }));
  if (row.kept.length > 0) parts.push(t("imports.kept", { fields: names(row.kept) }));
  return parts.join(" · ");
}

/** How many rows are taken in, of how many that can be. */
export function progressOf({ rows, results }: Pick<Import, "rows" | "results">): { done: number; whole: number } {
  const whole = rows.new + rows.changed + rows.same;
  return { done: results.made + results.changed + results.kept + results.same, whole };
}

export type Verdict = "confirm" | "nothing" | "onlyErrors" | null;

/** What there is to say of a file that was checked; null for one that is past that. */
export function verdictOf({ state, rows }: Pick<Import, "state" | "rows">): Verdict {
  if (state !== "checked") return null;
  if (rows.new + rows.changed > 0) return "confirm";
  return rows.same > 0 ? "nothing" : "onlyErrors";
}

/** Others of the same bytes, oldest first. */
export function twinsOf(one: Pick<Import, "id" | "sha256">, all: readonly Pick<Import, "id" | "sha256">[]): number[] {
  return all
    .filter((other) => other.sha256 === one.sha256 && other.id !== one.id)
    .map(({ id }) => id)
    .sort((first, second) => first - second);
}
