/** The words of all pages; a page brings its line here. */
import accountEnums from "./accountEnums";
import desk from "./desk";
import enums from "./enums";
import phone from "./phone";
import wallboard from "./wallboard";

export default { desk, enums: { ...enums, ...accountEnums }, phone, wallboard };
