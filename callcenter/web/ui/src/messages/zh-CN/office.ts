/** The words of pages that are away from the telephone. */
import broadcasts from "./broadcasts";
import codes from "./codes";
import contactEnums from "./contactEnums";
import contacts from "./contacts";
import imports from "./imports";
import metrics from "./metrics";
import personRequests from "./personRequests";
import reconciliations from "./reconciliations";
import thresholds from "./thresholds";
import units from "./units";

export default {
  broadcasts,
  codes,
  contacts,
  enums: { ...contactEnums },
  imports,
  metrics,
  personRequests,
  reconciliations,
  thresholds,
  units,
};
