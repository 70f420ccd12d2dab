/** What a page is to the shell. Each capability lists its own in `pages.ts`. */
import type { Component } from "vue";
import type { Schemas } from "@/api/client";
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
  /** Whether it is a section of its own, that the top bar has and that is gone to by name. */
  isInBar: boolean;
  /** The top bar has it only for who has this right too; others go to it by name. */
  barRight?: Right;
  /** The same of a duty. */
  barDuty?: Schemas["Duty"];
  load: () => Promise<{ default: Component }>;
}
