/** Fields that are shown masked, and one by one whole once a reason was given. */
import { reactive, ref, watch, type Ref } from "vue";
import { api, take, type Schemas } from "@/api/client";
import type { Ticket } from "./ticket";

export type MaskedField = Schemas["MaskedField"];
export type Role = Schemas["PartyRole"];

export interface Wanted {
  field: MaskedField;
  /** Of whom, for a field of a party. */
  role: Role | null;
}

export const PARTY_FIELDS = ["name", "phone", "address"] as const satisfies readonly MaskedField[];

const keyOf = ({ field, role }: Wanted) => `${field} ${role ?? ""}`;

/** Masks are made of stars. */
export function isMasked(text: string | null): boolean {
  return text?.includes("*") === true;
}

export interface Unmasking {
  /** Undefined for a field that nobody has asked for. */
  wholeOf: (field: MaskedField, role?: Role) => string | null | undefined;
  /** What is asked for: a dialog asks why. */
  wanted: Ref<readonly Wanted[]>;
  ask: (...wanted: Wanted[]) => void;
  /** Throws ApiError. */
  perform: (reason: string) => Promise<void>;
}

/** Forgotten with the matter, and with each change of it. */
export function useUnmasking(ticket: Readonly<Ref<Ticket | null>>): Unmasking {
  const whole = reactive(new Map<string, string | null>());
  const wanted = ref<readonly Wanted[]>([]);

  async function perform(reason: string): Promise<void> {
    const number = ticket.value?.number ?? "";
    for (const one of wanted.value) {
      const params = { path: { ticket: number } };
      const body = { ...one, reason };
      const { value } = await take(api.POST("/api/v1/tickets/{ticket}/unmasking", { params, body }));
      whole.set(keyOf(one), value);
    }
    wanted.value = [];
  }

  watch(
    () => `${ticket.value?.number} ${ticket.value?.version}`,
    () => whole.clear(),
  );

  return {
    wholeOf: (field, role) => whole.get(keyOf({ field, role: role ?? null })),
    wanted,
    ask: (...fields) => (wanted.value = fields),
    perform,
  };
}
