/** The words of all pages; a page brings its line here. */
import accountEnums from "./accountEnums";
import caseworkEnums from "./caseworkEnums";
import callbacks from "./callbacks";
import calls from "./calls";
import definitions from "./definitions";
import desk from "./desk";
import enums from "./enums";
import mediation from "./mediation";
import phone from "./phone";
import refusals from "./refusals";
import supervision from "./supervision";
import wall from "./wall";
import wallboard from "./wallboard";

export default {
  callbacks,
  calls,
  definitions,
  desk,
  enums: { ...enums, ...accountEnums, ...caseworkEnums },
  mediation,
  phone,
  refusals,
  supervision,
  wall,
  wallboard,
};
