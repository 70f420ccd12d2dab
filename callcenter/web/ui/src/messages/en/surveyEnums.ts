/** Words of closed lists that concern surveys. */
export default {
  SurveyState: { frozen: "frame frozen", drawn: "drawn", closed: "closed" },
  SurveyEvent: { draw: "draw", close: "close" },
  SampleState: {
    reserve: "reserve",
    open: "to be asked",
    dialling: "being tried",
    done: "interviewed",
    refused: "refused",
    unreachable: "not reached",
    excluded: "excluded",
  },
  SampleEnd: {
    interviewed: "interviewed",
    refused: "refused",
    unreachable: "not reached",
    wrong_person: "somebody else's number",
    excluded: "excluded",
  },
  LateExclusion: {
    consent_withdrawn: "does not want to be asked",
    no_number: "number out of service",
    reopened: "matter opened again",
    died: "has died",
    other: "other",
  },
  Exclusion: {
    anonymous: "anonymous",
    consent_withdrawn: "does not want to be asked",
    do_not_call: "do not call",
    no_number: "no number to dial",
    asked_lately: "asked within 90 days",
    same_person: "same person, another matter",
  },
  PeriodKind: {
    month: "month",
    quarter: "quarter",
    half_year: "half-year",
    year: "year",
    holiday: "holiday",
    custom: "other",
  },
};
