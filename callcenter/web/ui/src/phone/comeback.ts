/** Calls that this page was in and that the PBX brings back to it: it answers them by itself. */
import { api, ApiError, take } from "@/api/client";

/** A call that has not come by then is not answered by itself any more. */
const EXPECTED_FOR = 15_000;

export class Comeback {
  private readonly keys = new Set<string>();

  get calls(): ReadonlySet<string> {
    return this.keys;
  }

  /** The dialplan brings it by itself. */
  expect(key: string): void {
    this.keys.add(key);
    setTimeout(() => this.keys.delete(key), EXPECTED_FOR);
  }

  /** Sooner than the dialplan, which waits for the silence of the page that was. */
  async hasten(key: string): Promise<void> {
    this.expect(key);
    try {
      await take(api.POST("/api/v1/phone/reattach", { body: { call: key } }));
    } catch (error) {
      // the call is over, or the dialplan brings it by itself
      if (!(error instanceof ApiError)) throw error;
    }
  }

  forget(key: string): void {
    this.keys.delete(key);
  }
}
