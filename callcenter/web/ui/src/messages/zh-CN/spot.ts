/** The words of what is done on the spot: instructions to units, and patrols. */
import dispatch from "./dispatch";
import dispatchEnums from "./dispatchEnums";
import inspectionEnums from "./inspectionEnums";
import inspections from "./inspections";

export default { dispatch, enums: { ...dispatchEnums, ...inspectionEnums }, inspections };
