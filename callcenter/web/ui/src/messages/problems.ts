/** What went wrong, in words. */
import { i18n } from ".";
import type { ApiError } from "@/api/client";
import { spanText } from "@/design/time";

/** In the page's language; a code that this page does not know yet has the backend's own sentence. */
export function problemText(error: ApiError): string {
  const { t, te } = i18n.global;
  const key = `errors.${error.code}`;
  if (!te(key)) return error.message;
  const params: Record<string, string | number> = { ...error.params };
  const wait = params["retry_after"];
  if (typeof wait === "number") params["wait"] = spanText(wait * 1000, t);
  if (typeof params["right"] === "string") params["right"] = t(`enums.Right.${params["right"]}`);
  if (typeof params["duty"] === "string") params["duty"] = t(`enums.Duty.${params["duty"]}`);
  return t(key, params);
}
