/** A mediation: those who take part. */
export default {
  title: "Mediation",
  numbered: "Mediation #{id}",
  legs: "Who takes part",
  toCall: "See the call",
  muted: "muted",
  sentBack: "the host was gone: at the head of the queue again",
  last: "Last done by {user}: {what}",
  sure: "Yes: {what}",
  end: "End the mediation",
  endSure: "Yes, end it",
  endHint: "Everybody is thanked and hung up on. To let one side go, use “remove” in its line.",
  role: "As",
  number: "Number",
  ring: "Ring",
};
