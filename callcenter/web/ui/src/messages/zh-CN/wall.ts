/** The wall alone, which nobody operates. */
export default {
  title: "大屏",
  revoked: "此屏幕已停用",
  revokedHint: "请向主管要一个新链接。",
  noSecret: "链接不完整",
  noSecretHint: "请用主管给的完整链接打开，包括 # 之后的部分。",
  opening: "正在打开…",
  down: "连接中断",
  databaseDown: "数据库中断",
};
