/** What the own components say. */
export default {
  linkDown: "Connection lost, trying again ({seconds} s)",
  databaseDown: "The database does not answer; figures stand still",
  unknown: "unknown",
  withheld: "number withheld",
  showNumber: "Show number…",
  keysTitle: "Keys",
  close: "Close",
  hoursShort: "{hours} h ",
  minutesShort: "{minutes} min ",
  secondsShort: "{seconds} s",
  zone: "Time of the hotline ({zone})",
  states: {
    available: "available",
    ringing: "ringing",
    talking: "talking",
    wrap_up: "wrap-up",
    paused: "paused",
    alarming: "alarm",
    unknown: "unknown",
  },
};
