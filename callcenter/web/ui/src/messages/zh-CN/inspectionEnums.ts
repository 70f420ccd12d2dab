/** Words of closed lists that concern patrols. */
export default {
  ItemResult: { pass: "合格", fail: "不合格", na: "不适用" },
  InspectionLack: { answer: "未检查", evidence: "缺证据" },
};
