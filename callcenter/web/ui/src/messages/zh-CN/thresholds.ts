/** Numbers and lists by which matters are judged and that no law gives. */
export default {
  title: "认定标准",
  hint: "法律没有规定的数字和范围。改动从新的一天起生效，此前的认定不变。",
  withFormer: "包括以前的和尚未生效的",
  reading: "正在读取…",
  columns: { what: "标准", value: "数值", from: "生效", certainty: "依据", source: "来源", act: "操作" },
  former: "以前",
  future: "尚未生效",
  value: "{number} {unit}",
  decide: "改定",
  decideTitle: "改定：{name}",
  number: "数值（{unit}）",
  codes: "代码",
  from: "生效日（明天或以后）",
  source: "来源（谁在何时决定）",
  faults: {
    number: "1 至 1000 的整数。",
    share: "大于 0、不大于 1，最多两位小数。",
    codes: "至少选一个。",
    day: "请输入明天或以后的日期，如 2026-11-28。",
    source: "至少两个字。",
  },
};
