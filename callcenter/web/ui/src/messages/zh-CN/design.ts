/** What the own components say. */
export default {
  linkDown: "连接中断，正在重连（{seconds} 秒）",
  databaseDown: "数据库暂时无法访问，数据停止更新",
  unknown: "未知",
  withheld: "号码隐藏",
  showNumber: "显示号码…",
  keysTitle: "快捷键",
  close: "关闭",
  hoursShort: "{hours}小时",
  minutesShort: "{minutes}分",
  secondsShort: "{seconds}秒",
  zone: "热线时间（{zone}）",
  states: {
    available: "空闲",
    ringing: "振铃",
    talking: "通话",
    wrap_up: "话后处理",
    paused: "示忙",
    alarming: "告警",
    unknown: "未知",
  },
};
