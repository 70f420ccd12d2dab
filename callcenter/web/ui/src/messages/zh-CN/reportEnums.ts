export default {
  PeriodKind: {
    month: "月度",
    quarter: "季度",
    half_year: "半年",
    year: "年度",
    holiday: "节假日",
    custom: "专题时段",
  },
  Audience: { internal: "内部", public: "公开" },
  ReportState: { draft: "草稿", submitted: "待签发", released: "已签发" },
  ReportSection: { hot_spots: "热点", causes: "原因", advice: "建议" },
  ReportEvent: { write: "撰写", submit: "提交", release: "签发", send_back: "退回", correct: "更正" },
};
