/** Words of closed lists that concern instructions to units. */
export default {
  InstructionStep: {
    ring_again: "重新呼叫",
    acknowledge: "签收",
    depart: "出发",
    arrive: "到场",
    off_shelf: "商品处置",
    feedback: "反馈",
    close: "办结",
    cancel: "撤销",
  },
  InstructionEventKind: {
    unanswered: "无人签收",
    issued: "下达指令",
    warned: "时限预警",
    batch_added: "登记商品批次",
    test_added: "登记检验结果",
    patrolled: "完成巡查",
  },
  Finding: {
    batch: "商品批次",
    test: "检验",
  },
  InstructionField: {
    name: "签收人",
    how: "签收方式",
    outcome: "处置结果",
    batches: "批次",
    feedback: "反馈内容",
    reason: "原因",
  },
  InstructionLack: {
    off_shelf: "商品处置结果",
  },
  OffShelfOutcome: {
    taken_off: "已下架",
    sold_out: "已售完",
    nothing_found: "未发现",
    premises_closed: "场所关闭",
  },
  Measure: {
    sealed: "查封",
    taken_off: "下架",
    destroyed: "销毁",
  },
  RingState: {
    ringing: "正在呼叫",
    acknowledged: "按1签收",
    refused: "按3无法执行",
    no_answer: "无人接听或未按键",
    busy: "忙线",
    rejected: "被拒接",
    not_allowed: "号码不允许呼叫",
    not_sent: "未发出",
    refused_by_pbx: "交换机拒绝",
    unknown: "已发出，结果未知",
  },
  AcknowledgedVia: {
    phone: "电话按键",
    screen: "人工登记",
  },
};
