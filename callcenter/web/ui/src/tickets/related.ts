/** What belongs to a matter and has pages of its own: read at once, and whenever it is worth asking again. */
import { shallowRef, watch, type ShallowRef } from "vue";
import { useAction } from "@/api/action";
import { latest } from "@/api/latest";

/** So many are shown at most. */
export const MOST = 50;

interface Related<Item> {
  /** Null until they were read. */
  items: ShallowRef<readonly Item[] | null>;
  failure: ReturnType<typeof useAction>["failure"];
  read: () => Promise<void>;
}

/** `again` changes whenever it is worth asking once more. */
export function useRelated<Item>(
  of: { readonly number: string; readonly again: string },
  ask: (number: string) => Promise<{ items: readonly Item[] }>,
): Related<Item> {
  const items = shallowRef<readonly Item[] | null>(null);
  const reading = useAction();
  const read = latest(async () => {
    await reading.run(async () => {
      const asked = of.number;
      const page = await ask(asked);
      if (asked === of.number) items.value = page.items;
    });
  });
  watch(
    () => `${of.number} ${of.again}`,
    () => void read(),
    { immediate: true },
  );
  return { items, failure: reading.failure, read };
}
