/** What a figure is made of: a name that may be long, and a number that must not be cut. */
export interface Part {
  name: string;
  count: number;
}
