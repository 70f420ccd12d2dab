/** Words of closed lists that concern casework. */
export default {
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
