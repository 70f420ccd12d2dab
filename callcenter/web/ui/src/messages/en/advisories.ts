/** The words of warnings, letters and interviews. */
import advisoryEnums from "./advisoryEnums";

export default { enums: advisoryEnums };
