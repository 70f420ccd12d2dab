import { expect, it, vi } from "vitest";
import { choiceOf, EVERY, queryOf, searchOf } from "./filter";

vi.mock("@/messages/values", () => ({ valuesOf: () => ["head", "contact"] }));

it("has everything that is chosen in the address, and nothing else", () => {
  const chosen = { show: "stale", role: "head", region: "武进区", brand: "光明" } as const;
  expect(choiceOf(queryOf(chosen))).toEqual(chosen);
  expect(queryOf(EVERY)).toEqual({});
  expect(choiceOf({ show: "nonsense", role: "king", region: ["a", "b"] })).toEqual(EVERY);
});

it("asks the backend for what is shown", () => {
  expect(searchOf(EVERY)).toEqual({ stale: null, ended: false, role: null, region: null, brand: null });
  expect(searchOf({ ...EVERY, show: "ended" }).ended).toBe(true);
  expect(searchOf({ ...EVERY, show: "stale" }).stale).toBe(true);
});
