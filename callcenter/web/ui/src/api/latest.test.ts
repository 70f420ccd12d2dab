import { describe, expect, it } from "vitest";
import { latest } from "./latest";

describe("a question that is asked again", () => {
  it("waits for the one before, and stands for all that were asked meanwhile", async () => {
    const answers: (() => void)[] = [];
    const ask = latest(() => new Promise<void>((resolve) => answers.push(resolve)));
    const first = ask();
    const second = ask();
    const third = ask();
    expect(answers).toHaveLength(1);
    expect(third).toBe(second);
    answers[0]?.();
    await first;
    await new Promise((resolve) => setTimeout(resolve));
    expect(answers).toHaveLength(2);
    answers[1]?.();
    await second;
    void ask();
    expect(answers).toHaveLength(3);
  });

  it("is asked again after it failed", async () => {
    let count = 0;
    const ask = latest(() => (++count === 1 ? Promise.reject(new Error("no")) : Promise.resolve()));
    const first = ask();
    const second = ask();
    await expect(first).rejects.toThrow("no");
    await second;
    expect(count).toBe(2);
  });
});
