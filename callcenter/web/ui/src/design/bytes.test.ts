import { describe, expect, it } from "vitest";
import { bytesText } from "./bytes";

describe("the size of a file", () => {
  it("is said in the unit in which it has few figures", () => {
    const sizes = [0, 999, 1000, 1536, 20 * 1024 * 1024, 1023.9 * 1024 * 1024, 3 * 1024 ** 3];
    expect(sizes.map(bytesText)).toEqual(["0 B", "999 B", "1 KB", "1.5 KB", "20 MB", "1 GB", "3 GB"]);
  });
});
