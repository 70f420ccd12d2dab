/** Grounds that the law knows: SAMR Order 121, Art. 16 and 23; Penalty Procedure, Art. 20. Our translation; the Chinese text counts. */
export default {
  refuse: {
    1: "(1) The matter is not within the duties of market regulation, or this authority has no power over it",
    2: "(2) A court, an arbitral body, a market regulator or another authority, or a consumer association has accepted or dealt with the same dispute",
    3: "(3) Nothing was bought, used or received for daily consumption, or no consumer dispute with the respondent can be shown",
    4: "(4) More than three years since the complainant knew or should have known of the harm, unless a law says otherwise",
    5: "(5) The material required by Art. 10(1) and Art. 11 was not given, or is false",
    6: "(6) Somebody else's name was used, or the check of the true identity is refused",
    7: "(7) Other cases in which laws, regulations or rules forbid acceptance",
  },
  end: {
    1: "(1) The complaint was withdrawn, or both sides settled by themselves",
    2: "(2) One side does not take part without good reason, or clearly refuses mediation",
    3: "(3) After mediation one side clearly says that no agreement can be reached",
    4: "(4) Both sides cannot agree on who pays for appraisal or testing",
    5: "(5) No agreement within sixty days of acceptance",
    6: "(6) After acceptance a case of Art. 16 or Art. 42 was found",
    7: "(7) One side died or ceased to exist",
    8: "(8) Other cases in which laws, regulations or rules require an end",
  },
  not_file: {
    1: "(1) The offence is slight, was corrected in time, and did no harm",
    2: "(2) It is the first offence, with slight harm, and was corrected in time",
    3: "(3) The party has evidence enough that there was no fault of theirs, unless a law or regulation says otherwise",
    4: "(4) Another case in which the law allows not to file",
  },
};
