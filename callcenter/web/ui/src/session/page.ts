/** What a page is to the shell. Each capability lists its own in `pages.ts`. */
import type { Component } from "vue";
import type { Right } from "./session";

export interface Page {
  /** As vue-router writes paths. */
  path: string;
  /** Unique; also the name for `router.push({ name })`. */
  name: string;
  /** Its title, as a key of the messages. */
  title: string;
  /** Without this right it is neither listed nor opened; null for everybody who is signed in. */
  right: Right | null;
  /** Whether the top bar has it. */
  isInBar: boolean;
  load: () => Promise<{ default: Component }>;
}
