/** The words of the wallboard and of the wall. */
import definitions from "./definitions";
import supervision from "./supervision";
import wall from "./wall";
import wallboard from "./wallboard";

export default { definitions, supervision, wall, wallboard };
