import { expect, it } from "vitest";
import { secretOf, wallAddress } from "./address";

it.each([
  ["zh", "https://hotline.example/wall#abc_-9"],
  ["en", "https://hotline.example/wall?language=en#abc_-9"],
] as const)("a link in %s has its secret in the fragment alone", (language, link) => {
  expect(wallAddress("https://hotline.example", "abc_-9", language)).toBe(link);
  expect(new URL(link).pathname + new URL(link).search).not.toContain("abc");
  expect(secretOf(new URL(link).hash)).toBe("abc_-9");
});

it("an address without a fragment has no secret", () => {
  expect(secretOf("")).toBe("");
});
