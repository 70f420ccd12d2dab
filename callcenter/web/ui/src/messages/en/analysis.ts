/** The words of analysis: snapshots, signals, reports, surveys, the quality of work. */
import analysisEnums from "./analysisEnums";
import analysisErrors from "./analysisErrors";
import qualityEnums from "./qualityEnums";
import reportEnums from "./reportEnums";
import surveyEnums from "./surveyEnums";

export default {
  enums: { ...analysisEnums, ...qualityEnums, ...reportEnums, ...surveyEnums },
  errors: analysisErrors,
};
