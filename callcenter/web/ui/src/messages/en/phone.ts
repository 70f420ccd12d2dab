/** The phone in the page. */
export default {
  microphoneLevel: "Microphone level",
  states: {
    off: "Phone is off",
    asking: "Getting the phone…",
    connecting: "Registering…",
    ready: "Registered",
    elsewhere: "Phone is not in this page",
    failed: "No phone",
  },
  linkDown: "The line of the phone is down, reconnecting ({seconds} s). A call that is up goes on.",
  devices: {
    microphone: "Microphone",
    headset: "Headset",
    ringer: "Ringer",
    byBrowser: "System default",
    away: "“{chosen}” is not connected; “{used}” is in use.",
  },
  check: {
    title: "Sound check",
    begin: "Check microphone and headset before the first call. When the browser asks, choose “Allow”.",
    open: "Begin",
    again: "Try again",
    speak: "Say something",
    moved: "The microphone works ✓",
    play: "Play test tone",
    ringer: "Calls ring here",
    heard: "I heard it, done",
  },
  failures: {
    microphone_refused:
      "The browser does not allow the microphone. Click the icon left of the address, allow it, and try again.",
    microphone_none: "There is no microphone. Plug the headset in and try again.",
    microphone_busy: "Another program has the microphone. Close that program and try again.",
    microphone_insecure: "This address is not HTTPS, so the browser gives no microphone. Ask an administrator.",
    login_over: "The login of the phone is over; turn it on again.",
    phone_not_loaded: "The phone could not be loaded; reload the page.",
  },
  allow: {
    picture: "The browser's address bar: the icon at its left end opens a small window in which “Microphone” is switched on.",
    microphone: "Microphone",
  },
  noNotices: "The browser shows no notifications. A call shows in the tab's title, and rings.",
  noNoticesRead: "Understood",
  warnings: {
    nothing_heard: "Nothing was heard from the other side for 5 seconds. Check the headset, or have them ring again.",
    microphone_silent: "The microphone gave nothing for 5 seconds; they do not hear you. Check the headset and its mute switch.",
    talking_while_muted: "You are muted and not heard. F9 unmutes.",
  },
};
