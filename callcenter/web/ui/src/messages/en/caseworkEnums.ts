/** Words of closed lists that concern casework. */
export default {
  Axis: {
    goods: "goods",
    service: "service",
    problem: "problem (national platform)",
    association_problem: "problem (consumer associations)",
    offence: "offence",
    sales_mode: "way of selling",
  },
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
