/** Titles of pages whose other words come with them. */
export default {
  wallboard: "看板",
  imports: "平台导入",
  reconciliations: "平台对账",
  units: "承办单位",
  codes: "分类代码",
  dispatch: "指令调度",
  instruction: "指令",
  dispatchWall: "指令大屏",
  inspections: "巡查",
  newInspection: "开始巡查",
  inspection: "巡查记录",
  calls: "通话",
  call: "通话详情",
  contacts: "联络平台",
  broadcasts: "紧急广播",
};
