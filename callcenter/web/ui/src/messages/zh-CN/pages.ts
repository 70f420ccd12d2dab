/** The words of all pages; a page brings its line here. */
import accountEnums from "./accountEnums";
import definitions from "./definitions";
import enums from "./enums";
import supervision from "./supervision";
import wall from "./wall";
import wallboard from "./wallboard";

export default { definitions, enums: { ...enums, ...accountEnums }, supervision, wall, wallboard };
