/** Numbers and lists by which matters are judged and that no law gives. */
export default {
  title: "How matters are judged",
  hint: "Numbers and lists that no law gives. A change holds from a new day on; what was judged before stays.",
  withFormer: "with those of before and those to come",
  reading: "Reading…",
  columns: { what: "What", value: "Value", from: "From", certainty: "Certainty", source: "Source", act: "Action" },
  former: "before",
  future: "not yet",
  value: "{number} {unit}",
  decide: "Decide",
  decideTitle: "Decide: {name}",
  number: "Value ({unit})",
  codes: "Codes",
  from: "From (tomorrow or later)",
  source: "Source (who decided it, and when)",
  faults: {
    number: "A whole number from 1 to 1000.",
    share: "More than 0, at most 1, with two decimals at most.",
    codes: "Choose one at least.",
    day: "Enter a day, tomorrow or later, such as 2026-11-28.",
    source: "At least two characters.",
  },
};
