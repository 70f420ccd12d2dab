export default {
  PeriodKind: {
    month: "month",
    quarter: "quarter",
    half_year: "half year",
    year: "year",
    holiday: "holiday",
    custom: "other time",
  },
  Audience: { internal: "internal", public: "public" },
  ReportState: { draft: "draft", submitted: "waits for a signature", released: "released" },
  ReportSection: { hot_spots: "hot spots", causes: "causes", advice: "advice" },
  ReportEvent: { write: "write", submit: "submit", release: "release", send_back: "send back", correct: "correct" },
};
