/** Words of closed lists that concern contacts and broadcasts. */
export default {
  ContactRole: {
    officer_in_charge: "分管人员",
    supplier_agent: "代理商",
    head: "负责人",
    contact: "联系人",
  },
  BroadcastKind: {
    real: "正式",
    drill: "演练",
  },
  OrganisationKind: {
    unit: "承办单位",
    merchant: "经营者",
  },
  TargetState: {
    waiting: "等待呼叫",
    ringing: "正在呼叫",
    acknowledged: "已确认",
    refused: "无法执行",
    unreachable: "未联系上",
  },
  AnsweredVia: {
    phone: "电话按键",
    manual: "人工登记",
  },
};
