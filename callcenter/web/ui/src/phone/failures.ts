/** Why there is no phone here. */
import { ApiError } from "@/api/client";
import { MicrophoneError, type MicrophoneProblem } from "./sound";

export type Failure = ApiError | MicrophoneProblem | "login_over" | "phone_not_loaded";

/** Milliseconds. */
const AGAIN = 3_000;

/** Try again a little later where the failure ends by itself, as an outage does. */
export function afterOutage(failure: Failure, tryAgain: () => void): void {
  if (failure instanceof ApiError && (failure.code === "unreachable" || failure.status >= 500)) setTimeout(tryAgain, AGAIN);
}

/** What an attempt to have the phone ended with; what is none of it is thrown on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return error;
  if (error instanceof MicrophoneError) return error.problem;
  // a file of the version before is gone after an update
  if (error instanceof TypeError) return "phone_not_loaded";
  throw error;
}
