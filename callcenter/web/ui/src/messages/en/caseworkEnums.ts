/** Words of closed lists that concern casework. */
export default {
  Certainty: {
    office: "rule of this office",
    published: "published text",
    unchecked: "not checked",
    proposed: "proposed",
  },
  CountedIn: {
    workdays: "workdays",
    calendar_days: "calendar days",
    hours: "hours",
    office_hours: "office hours",
  },
  Priority: { P1: "danger to life", P2: "urgent", P3: "important", P4: "ordinary", P5: "enquiry" },
};
