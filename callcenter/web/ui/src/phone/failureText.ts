/** Why there is no phone here, and what to do about it, in words. */
import { ApiError } from "@/api/client";
import { i18n } from "@/messages";
import { problemText } from "@/messages/problems";
import type { Failure } from "./failures";

export function failureText(failure: Failure): string {
  return failure instanceof ApiError ? problemText(failure) : i18n.global.t(`phone.failures.${failure}`);
}
