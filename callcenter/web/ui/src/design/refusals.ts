/** What was refused, in words, and what to do about it. */
import type { RouteLocationRaw } from "vue-router";
import type { ApiError } from "@/api/client";
import { serverNow, useTimezone } from "@/design/clock";
import { shortText } from "@/design/time";
import { i18n } from "@/messages";
import { problemText } from "@/messages/problems";

export interface Refusal {
  text: string;
  /** Empty where there is nothing that the user could do. */
  advice: string;
  link: { to: RouteLocationRaw; text: string } | null;
}

/** Moments among the params of a problem. */
const MOMENTS = ["retry_at", "until"] as const;

/** `isDial` for a dial of the callback list, of which more can be said: what is true of it may be false elsewhere. */
export function refusalOf(error: ApiError, isDial = false): Refusal {
  const { t, te } = i18n.global;
  const timezone = useTimezone().value;
  const params: Record<string, string | number> = { ...error.params };
  for (const name of MOMENTS) {
    const moment = Date.parse(String(params[name]));
    params[name] = Number.isNaN(moment) ? t("refusals.someTime") : shortText(moment, serverNow(), timezone);
  }
  params["user"] ??= t("refusals.somebody");
  params["limit"] ??= "";
  const keys = [...(isDial ? [`refusals.ofDial.${error.code}`] : []), `refusals.advice.${error.code}`];
  const key = keys.find((one) => te(one));
  const { pbx, call_id: id } = error.params;
  const isCall = typeof pbx === "string" && typeof id === "string";
  return {
    text: problemText(error),
    advice: key === undefined ? "" : t(key, params),
    link: isCall ? { to: { name: "call", params: { pbx, id } }, text: t("refusals.toCall") } : null,
  };
}
