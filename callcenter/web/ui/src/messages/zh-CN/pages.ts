/** The words of all pages; a page brings its line here. */
import accountEnums from "./accountEnums";
import callbacks from "./callbacks";
import calls from "./calls";
import enums from "./enums";
import wallboard from "./wallboard";

export default { callbacks, calls, enums: { ...enums, ...accountEnums }, wallboard };
