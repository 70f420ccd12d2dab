/** What the sign-in page needs; the rest comes with the frame of the pages. */
import design from "./design";
import errors from "./errors";
import lookEnums from "./lookEnums";
import session from "./session";
import shell from "./shell";

export default { design, enums: lookEnums, errors, session, shell };
