/** The open instructions, of which least is left first. */
import { ref, shallowRef, watch, type Ref } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";
import { latest } from "@/api/latest";
import { useInstructionNews } from "@/casework/instructionNews";
import { useSession } from "@/session/session";
import type { Instruction } from "./instruction";

const MOST = 200;

/** `unit` is the id of one; null for all that the user sees. */
export function useBoard(unit: Readonly<Ref<number | null>>) {
  const session = useSession();
  const instructions = shallowRef<readonly Instruction[] | null>(null);
  /** There are more than are shown. */
  const isCut = ref(false);
  const failure = shallowRef<ApiError | null>(null);

  /** The unit may change while they are read: then they are read once more. */
  const read = latest(async () => {
    const query = { unit_id: unit.value, limit: MOST };
    try {
      const page: Schemas["BoardPage"] = await take(api.GET("/api/v1/dispatch/board", { params: { query } }));
      if (query.unit_id !== unit.value) return;
      instructions.value = page.items.map((item) => item.instruction);
      isCut.value = page.next !== null;
      failure.value = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = error;
    }
  });

  watch(
    unit,
    () => {
      instructions.value = null;
      void read();
    },
    { immediate: true },
  );
  useInstructionNews(read, () => session.isOver);

  return { instructions, isCut, failure, read };
}
