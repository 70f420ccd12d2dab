/** The login of the phone in the page: asked for, and asked for again before it ends. In memory alone. */
import { api, take, type Schemas } from "@/api/client";
import { serverNow } from "@/design/clock";
import { renewalAt } from "./rules";

/** One that was just asked for is not asked for again. */
const AGAIN = 10_000;

export class Lease {
  /** Milliseconds since 1970. */
  private grantedAt = 0;
  private expiresAt = 0;
  /** By the page's own clock. */
  private askedAt = -Infinity;

  /** Throws ApiError. */
  async ask(takesOver: boolean): Promise<Schemas["PhoneLogin"]> {
    this.askedAt = performance.now();
    const login = await take(api.POST("/api/v1/phone", { body: { take_over: takesOver } }));
    this.grantedAt = serverNow();
    this.expiresAt = Date.parse(login.expires_at);
    return login;
  }

  isJustAsked(): boolean {
    return performance.now() < this.askedAt + AGAIN;
  }

  isDue(isInCall: boolean): boolean {
    return serverNow() >= renewalAt(this.grantedAt, this.expiresAt, isInCall);
  }
}
