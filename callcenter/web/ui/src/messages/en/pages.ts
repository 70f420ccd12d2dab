/** The words of all pages; a page brings its line here. */
import accountEnums from "./accountEnums";
import enums from "./enums";
import wallboard from "./wallboard";

export default { enums: { ...enums, ...accountEnums }, wallboard };
