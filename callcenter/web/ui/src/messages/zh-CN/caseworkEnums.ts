/** Words of closed lists that concern casework. */
export default {
  Axis: {
    goods: "商品",
    service: "服务",
    problem: "问题（全国平台）",
    association_problem: "问题（消费者协会）",
    offence: "违法行为",
    sales_mode: "销售方式",
  },
  Certainty: {
    office: "本单位规定",
    published: "公开文本",
    unchecked: "未经核实",
    proposed: "建议值",
  },
  CountedIn: {
    workdays: "工作日",
    calendar_days: "自然日",
    hours: "小时",
    office_hours: "办公时间",
  },
  Priority: { P1: "特急", P2: "紧急", P3: "重点", P4: "一般", P5: "咨询" },
};
