/** Words of closed lists that concern patrols. */
export default {
  ItemResult: { pass: "Pass", fail: "Fail", na: "N/A" },
  InspectionLack: { answer: "no answer", evidence: "no evidence" },
};
