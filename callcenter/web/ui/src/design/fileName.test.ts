import { describe, expect, it } from "vitest";
import { fileNameOf } from "./fileName";

describe("the name of a download", () => {
  it("is that of any language, else the plain one, else ours", () => {
    const whole = "attachment; filename=\"attachment-1.pdf\"; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf";
    const headers = [whole, whole.replace("%E5", "%E"), 'attachment; filename="form-1.pdf"', null];
    expect(headers.map((header) => fileNameOf(header, "file"))).toEqual([
      "发票.pdf",
      "attachment-1.pdf",
      "form-1.pdf",
      "file",
    ]);
  });
});
