/** The words of all pages; a page brings its line here. */
import accountEnums from "./accountEnums";
import callbacks from "./callbacks";
import calls from "./calls";
import definitions from "./definitions";
import enums from "./enums";
import supervision from "./supervision";
import wall from "./wall";
import wallboard from "./wallboard";

export default {
  callbacks,
  calls,
  definitions,
  enums: { ...enums, ...accountEnums },
  supervision,
  wall,
  wallboard,
};
