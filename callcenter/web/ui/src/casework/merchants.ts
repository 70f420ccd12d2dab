/** Merchants, found by two characters of any of their names. */
import { ref, shallowRef } from "vue";
import { useAction } from "@/api/action";
import { api, take, type Schemas } from "@/api/client";
import { latest } from "@/api/latest";

export type Merchant = Schemas["MerchantView"];

/** Characters; fewer find nothing. */
export const LEAST = 2;
const MOST = 20;

/** Those that are found by what is typed; one that was merged into another is not. */
export function useMerchantSearch() {
  const typed = ref("");
  const found = shallowRef<readonly Merchant[]>([]);
  const searching = useAction();

  const read = latest(async () => {
    const asked = typed.value;
    await searching.run(async () => {
      const page = await take(api.GET("/api/v1/merchants", { params: { query: { q: asked, limit: MOST } } }));
      if (asked === typed.value) found.value = page.items.filter((one) => one.merged_into === null);
    });
  });

  function search(text: string): void {
    typed.value = text.trim();
    if (typed.value.length >= LEAST) void read();
    else found.value = [];
  }

  return { typed, found, searching, search };
}
