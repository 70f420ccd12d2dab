import { beforeEach, describe, expect, it } from "vitest";
import openapi from "../api/made/openapi.json";
import { ApiError, type Problem } from "@/api/client";
import { setServerTime, setTimezone } from "@/design/clock";
import { setLocale } from "@/messages";
import "@/messages/pages";
import messages from "@/messages/zh-CN/refusals";
import { refusalOf } from "./refusals";

const NOW = Date.parse("2026-11-23T02:00:00.000Z");

function error(code: string, params: Problem["params"] = {}): ApiError {
  return new ApiError({ type: "about:blank", title: "-", status: 409, detail: "-", code, params } as Problem, 409);
}

describe("a refusal", () => {
  beforeEach(() => {
    setLocale("zh-CN");
    setTimezone("Asia/Shanghai");
    setServerTime(NOW, performance.now(), performance.now());
  });

  it.each(openapi.components.schemas.RefusalReason.enum)("says what to do: %s", (reason) => {
    for (const locale of ["zh-CN", "en"] as const) {
      setLocale(locale);
      const { text, advice } = refusalOf(error(reason), true);
      expect(text).not.toBe("");
      expect(advice).not.toBe("");
      expect(text + advice).not.toMatch(/[{}]/);
    }
  });

  it.each([
    ["outside_hours", { retry_at: "2026-11-23T06:30:00.000Z" }, "14:30 起可以拨打。"],
    ["tried_recently", { retry_at: "2026-11-24T01:00:00.000Z" }, "11-24 09:00 起再拨，换一个时段更容易找到人。"],
    ["claimed_by_other", { user: "wang", until: "2026-11-23T02:30:00.000Z" }, "wang 正在处理，最迟到 10:30。"],
    ["claim_limit", { limit: 3 }, "最多领取 3 位：先处理或放回一位。"],
    ["too_few_attempts", { attempts: 1, required: 3 }, "已在 1 个时段拨打，需要 3 个：换时段再拨。"],
  ] as const)("%s: until when, who, how many", (code, params, advice) =>
    expect(refusalOf(error(code, params)).advice).toBe(advice),
  );

  it.each(Object.keys(messages.ofDial))("of something that was no dial says nothing of one: %s", (code) => {
    expect(refusalOf(error(code)).advice).toBe("");
  });

  it("leads to the call of a caller who is here", () => {
    expect(refusalOf(error("caller_is_here", { pbx: "pbx1", call_id: "a/b" })).link).toEqual({
      to: { name: "call", params: { pbx: "pbx1", id: "a/b" } },
      text: "查看通话",
    });
    expect(refusalOf(error("caller_is_here")).link).toBeNull();
  });
});
