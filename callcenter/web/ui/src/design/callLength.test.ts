import { expect, it } from "vitest";
import { i18n, setLocale } from "@/messages";
import { lengthText, wasTalk } from "./callLength";

it.each([
  [{ longest_talk_seconds: 192, wait_seconds: 38 }, true, "3分12秒"],
  [{ longest_talk_seconds: 0, wait_seconds: 48 }, false, "等 48秒"],
  [{ longest_talk_seconds: 0, wait_seconds: 0.4 }, false, ""],
  [{ longest_talk_seconds: null, wait_seconds: null }, false, ""],
])("of a call with %o", (call, talked, text) => {
  setLocale("zh-CN");
  expect([wasTalk(call), lengthText(call, i18n.global.t)]).toEqual([talked, text]);
});
