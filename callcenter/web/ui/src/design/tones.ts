/** What a figure means, where it means anything: each tone has a colour (`Figure.vue`) and a shape; the word is its own. */
export type Tone = "plain" | "good" | "warning" | "alarming";

export const MARKS: Readonly<Record<Tone, string>> = { plain: "", good: "●", warning: "△", alarming: "▲" };
