/** A chart ready to be drawn, as the API gives it: the same option makes the picture in the printed report. */
export interface Drawing {
  /** Of the fixed charts: c1 to c12. */
  id: string;
  title: string;
  /** With the denominators. */
  subtitle: string;
  /** In pixels. */
  width: number;
  height: number;
  /** Of ECharts, as it is; without the font. */
  option: Readonly<Record<string, unknown>>;
  /** The same figures as a table; the first of each row names it. */
  header: readonly string[];
  rows: readonly (readonly string[])[];
}
