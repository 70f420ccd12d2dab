/** Something that a user asks of the backend: once at a time, and what it said when it could not be done. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { ApiError } from "./client";

export interface Action {
  isBusy: Readonly<Ref<boolean>>;
  failure: ShallowRef<ApiError | null>;
  /** Whether it was done. Errors of the backend are in `failure`; all others are thrown. */
  run: (work: () => Promise<unknown>) => Promise<boolean>;
}

export function useAction(): Action {
  const isBusy = ref(false);
  const failure = shallowRef<ApiError | null>(null);

  async function run(work: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    failure.value = null;
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = error;
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  return { isBusy, failure, run };
}
