/** The header of a patrol as it is typed: where, at whom, who goes. */
import { shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";
import { sentenceOf } from "@/design/reasons";

export type Member = Schemas["MemberView"];

export interface Header {
  place: string;
  merchant_id: number | null;
  /** Why no merchant can be named. */
  unidentified: string;
  officers: readonly string[];
}

export type HeaderFaults = Partial<Record<keyof Header, string>>;

export const NO_HEADER: Readonly<Header> = { place: "", merchant_id: null, unidentified: "", officers: [] };
export const LONGEST_PLACE = 200;
const LONGEST_REASON = 500;
const MOST = 200;

/** Keys of what is wrong; `least` officers go at least. */
export function faultsOf(header: Header, least: number): HeaderFaults {
  const faults: HeaderFaults = {};
  if (header.place.trim() === "") faults.place = "inspections.faults.place";
  if (header.merchant_id === null && sentenceOf(header.unidentified, LONGEST_REASON) === null) {
    faults.merchant_id = "inspections.faults.merchant";
  }
  if (header.officers.length < least) faults.officers = "inspections.faults.officers";
  return faults;
}

/** As the backend wants it. */
export function bodyOf({ place, merchant_id, unidentified, officers }: Header) {
  return {
    place: place.trim(),
    merchant_id,
    unidentified_reason: merchant_id === null ? sentenceOf(unidentified, LONGEST_REASON) : null,
    officers: [...officers],
  };
}

/** Who belongs to the unit; empty until it is known, and where it cannot be. */
export function useMembers(unit: Readonly<Ref<number | null>>): ShallowRef<readonly Member[]> {
  const members = shallowRef<readonly Member[]>([]);
  watch(
    unit,
    async (id) => {
      members.value = [];
      if (id === null) return;
      try {
        const params = { path: { unit_id: id }, query: { limit: MOST } };
        const page = await take(api.GET("/api/v1/units/{unit_id}/members", { params }));
        if (unit.value === id) members.value = page.items;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    },
    { immediate: true },
  );
  return members;
}
