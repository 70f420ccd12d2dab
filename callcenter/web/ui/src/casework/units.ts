/** Who handles matters. */
import { shallowRef, type ShallowRef } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";

export type Unit = Schemas["UnitView"];

const MOST = 200;

/** Null until they are known; closed ones too, which older matters are with. */
export function useUnits(): ShallowRef<readonly Unit[] | null> {
  const units = shallowRef<readonly Unit[] | null>(null);
  take(api.GET("/api/v1/units", { params: { query: { limit: MOST } } })).then(
    (page) => (units.value = page.items),
    (error: unknown) => {
      // then there are none to choose, and their names stand in the matters
      if (!(error instanceof ApiError)) throw error;
    },
  );
  return units;
}
