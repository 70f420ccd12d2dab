import { beforeEach, describe, expect, it } from "vitest";
import { ApiError, type Problem } from "@/api/client";
import "./pages";
import { setLocale, type Locale } from ".";
import { problemText } from "./problems";

function error(code: string, params: Problem["params"] = {}): ApiError {
  const problem = { type: "about:blank", title: "-", status: 409, detail: "A sentence of the backend.", code, params };
  return new ApiError(problem as Problem, 409);
}

describe("a problem in words", () => {
  beforeEach(() => setLocale("zh-CN"));

  it.each<[Locale, ApiError, string]>([
    ["zh-CN", error("wrong_credentials"), "用户名或密码错误。"],
    ["zh-CN", error("too_many_attempts", { retry_after: 64 }), "尝试次数过多，请等待 1分4秒。"],
    ["en", error("too_many_attempts", { retry_after: 64 }), "Too many attempts; wait 1 min 4 s."],
    ["zh-CN", error("right_required", { right: "manage_users" }), "您没有“管理用户”的权限。"],
    ["zh-CN", error("a_code_of_tomorrow"), "A sentence of the backend."],
    ["zh-CN", new ApiError(null, 0), "无法连接服务器，请检查网络后再试。"],
  ])("%s", (locale, problem, text) => {
    setLocale(locale);
    expect(problemText(problem)).toBe(text);
  });
});
