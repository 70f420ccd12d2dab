/** Sizes of files as people read them. Pure. */

const UNITS = ["KB", "MB", "GB"];

/** `512 B`, `1.5 MB`: of three figures at most. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const larger of UNITS) {
    // what is rounded up to the next unit is shown in it
    if (value < 999.5) break;
    value /= 1024;
    unit = larger;
  }
  return `${unit === "B" || value >= 99.95 ? Math.round(value) : Number(value.toFixed(1))} ${unit}`;
}
