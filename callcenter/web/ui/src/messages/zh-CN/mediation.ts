/** A mediation: those who take part. */
export default {
  title: "三方调解",
  numbered: "三方调解 #{id}",
  legs: "参加的人",
  toCall: "查看通话",
  muted: "已静音",
  sentBack: "调解人离开，已回到队首",
  last: "最近由 {user} 操作：{what}",
  sure: "确认{what}",
  end: "结束调解",
  endSure: "确认结束",
  endHint: "所有人都会听到结束语并挂断。只想离开一方，请用那一行的“请其离开”。",
  role: "身份",
  number: "号码",
  ring: "呼叫",
};
