import { expect, it } from "vitest";
import { bodyOf, faultsOf, NOTHING, type TypedRequest } from "./request";

const WHOLE: TypedRequest = {
  phone: " 138 1234 5678 ",
  names: "张三\n张 三、Zhang San，",
  since: "2024-01-01",
  reason: "本人\n申请查阅",
  identity: "到场核验居民身份证",
  language: "en",
};

it("a request says every name that was confirmed, each once in its own words", () => {
  expect([faultsOf(WHOLE), bodyOf(WHOLE)]).toEqual([
    {},
    {
      phone: "138 1234 5678",
      names: ["张三", "张 三", "Zhang San"],
      since: "2024-01-01",
      reason: "本人 申请查阅",
      identity: "到场核验居民身份证",
      language: "en",
    },
  ]);
  expect(bodyOf({ ...WHOLE, since: "" }).since).toBeNull();
});

it("what is missing is said in the order of the form", () => {
  expect(Object.entries(faultsOf(NOTHING))).toEqual([
    ["phone", "design.numberWrong"],
    ["names", "personRequests.faults.names"],
    ["identity", "casework.faults.tooShort"],
    ["reason", "casework.faults.tooShort"],
  ]);
  expect(faultsOf({ ...WHOLE, since: "2024", names: Array(11).fill("张三").join("\n") })).toEqual({
    names: "personRequests.faults.names",
    since: "tickets.faults.day",
  });
});
