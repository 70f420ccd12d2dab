/** Signing in and out. */
export default {
  title: "登录",
  name: "用户名",
  password: "密码",
  signIn: "登录",
  nameNeeded: "请输入用户名。",
  nameWrong: "用户名由小写字母、数字、点、横线或下划线组成。",
  passwordNeeded: "请输入密码。",
  over: "登录已失效",
  overHint: "请重新登录以继续。已填写的内容都还在。",
  otherUser: "换用户登录",
  otherUserHint: "这会关闭当前页面，未保存的内容将丢失。",
};
