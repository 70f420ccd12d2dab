/** The phone in the page. */
export default {
  microphoneLevel: "麦克风音量",
  states: {
    off: "电话未启用",
    asking: "正在启用电话…",
    connecting: "正在注册…",
    ready: "已注册",
    elsewhere: "电话不在此页",
    failed: "电话不可用",
  },
  linkDown: "电话线路中断，正在重连（{seconds} 秒）。正在进行的通话不受影响。",
  devices: {
    microphone: "麦克风",
    headset: "耳机",
    ringer: "振铃设备",
    byBrowser: "系统默认",
    away: "“{chosen}”未连接，正在使用“{used}”。",
  },
  check: {
    title: "声音检查",
    begin: "接听之前请先检查麦克风和耳机。浏览器询问时请选择“允许”。",
    open: "开始检查",
    again: "再试一次",
    speak: "请说几句话",
    moved: "麦克风正常 ✓",
    play: "播放测试音",
    ringer: "来电在此设备振铃",
    heard: "听到了，完成",
  },
  failures: {
    microphone_refused: "浏览器不允许使用麦克风。请点击地址栏左侧的图标，允许麦克风，然后再试。",
    microphone_none: "没有找到麦克风。请插好耳麦，然后再试。",
    microphone_busy: "麦克风被其他程序占用。请关闭那个程序，然后再试。",
    microphone_insecure: "此地址不是 HTTPS，浏览器不提供麦克风。请联系管理员。",
    login_over: "电话的登录已失效，请重新启用。",
    phone_not_loaded: "电话程序未能加载，请刷新页面。",
  },
  warnings: {
    nothing_heard: "5 秒没有听到对方的声音。请检查耳机，或请对方重拨。",
    microphone_silent: "麦克风 5 秒没有声音，对方听不到您。请检查耳麦或其静音开关。",
    talking_while_muted: "您已静音，对方听不到。按 F9 取消静音。",
  },
};
