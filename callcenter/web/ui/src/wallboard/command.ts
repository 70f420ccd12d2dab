/** A command on its way: pending, then what became of it. Nothing is tried again by itself. */
import { ref } from "vue";
import { ApiError } from "@/api/client";
import { problemText } from "@/messages/problems";

export function useCommand() {
  const isPending = ref(false);
  const failure = ref("");

  /** True once the backend has taken it. */
  async function run(send: () => Promise<unknown>): Promise<boolean> {
    if (isPending.value) return false;
    isPending.value = true;
    failure.value = "";
    try {
      await send();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = problemText(error);
      return false;
    } finally {
      isPending.value = false;
    }
  }

  const forget = () => (failure.value = "");
  return { isPending, failure, run, forget };
}
