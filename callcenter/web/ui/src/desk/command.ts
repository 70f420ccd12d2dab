/** A command to the PBX: it has been done when the PBX tells so, not when the backend has taken it. */
import { onScopeDispose, readonly, ref, watch, type Ref } from "vue";
import { ApiError } from "@/api/client";
import { problemText } from "@/messages/problems";

/** So long a button waits for the PBX, and then shows what is. */
const PATIENCE = 5_000;

export interface Command {
  isPending: Readonly<Ref<boolean>>;
  /** Why the last one was refused, in words; null where it was not. */
  problem: Readonly<Ref<string | null>>;
  /** `isDone` is asked of what is shown. Returns whether the backend took it. */
  run: (give: () => Promise<unknown>, isDone?: () => boolean) => Promise<boolean>;
}

export function useCommand(): Command {
  const isPending = ref(false);
  const problem = ref<string | null>(null);
  let stop: (() => void) | undefined;

  async function run(give: () => Promise<unknown>, isDone?: () => boolean): Promise<boolean> {
    isPending.value = true;
    problem.value = null;
    try {
      await give();
      if (isDone !== undefined) await until(isDone);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.value = problemText(error);
      return false;
    } finally {
      isPending.value = false;
    }
  }

  function until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(patience);
        unwatch();
        resolve();
      };
      const patience = setTimeout(end, PATIENCE);
      const unwatch = watch(isDone, (now) => now && end());
      stop = end;
      if (isDone()) end();
    });
  }

  onScopeDispose(() => stop?.());
  return { isPending: readonly(isPending), problem: readonly(problem), run };
}
