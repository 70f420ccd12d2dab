/** Who complains, reports or asks, as it is typed and sent. Pure. */
import type { Schemas } from "@/api/client";
import type { Kind } from "./fields";

export type PartyBody = Schemas["PartyBody"];

export interface TypedParty {
  name: string;
  phone: string;
  address: string;
  is_anonymous: boolean;
  is_confidential: boolean;
  may_publish: boolean | null;
  may_entrust: boolean | null;
}

export const NOBODY: Readonly<TypedParty> = {
  name: "",
  phone: "",
  address: "",
  is_anonymous: false,
  is_confidential: false,
  may_publish: null,
  may_entrust: null,
};

/** As what whoever comes with a matter of that kind stands in it. */
export function roleOf(kind: Kind): Schemas["PartyRole"] {
  return kind === "report" ? "reporter" : "complainant";
}

export function partyBodyOf(typed: TypedParty): PartyBody {
  const text = (value: string) => value.trim() || null;
  const { is_anonymous, is_confidential, may_publish, may_entrust } = typed;
  const known = is_anonymous
    ? { name: null, phone: null, address: null }
    : { name: text(typed.name), phone: text(typed.phone), address: text(typed.address) };
  return { ...known, is_anonymous, is_confidential, may_publish, may_entrust };
}
