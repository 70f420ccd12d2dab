import design from "./design";
import enums from "./enums";
import errors from "./errors";
import session from "./session";
import shell from "./shell";
import wallboard from "./wallboard";

export default { design, enums, errors, session, shell, wallboard };
