/** What became of a call: its tickets, or a reason why there is none. */
import { computed, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { useAction, type Action } from "@/api/action";
import { api, take, type ApiError, type Schemas } from "@/api/client";
import { latest } from "@/api/latest";

type View = Schemas["DispositionView"];
type New = Partial<Schemas["NewDisposition"]>;

export interface Disposition extends Pick<Action, "isBusy"> {
  failure: Readonly<Ref<ApiError | null>>;
  /** Null until it is known whether somebody has said it. */
  said: ShallowRef<View | null>;
  read: () => Promise<void>;
  /** Whether it was taken. */
  put: (wanted: New) => Promise<boolean>;
}

export function useDisposition(call: Ref<Schemas["NamedCall"]>): Disposition {
  const said = shallowRef<View | null>(null);
  // apart from what is said: a key that is pressed while it is being read counts
  const reading = useAction();
  const putting = useAction();
  let puts = 0;

  const read = latest(async () => {
    await reading.run(async () => {
      const path = call.value;
      const before = puts;
      const found = await take(api.GET("/api/v1/calls/{pbx}/{call_id}/disposition", { params: { path } }));
      if (before === puts) said.value = found;
    });
  });

  const put = (wanted: New) =>
    putting.run(async () => {
      puts += 1;
      const body = wanted as Schemas["NewDisposition"];
      const path = call.value;
      said.value = await take(api.PUT("/api/v1/calls/{pbx}/{call_id}/disposition", { params: { path }, body }));
    });

  watch(() => `${call.value.pbx}/${call.value.call_id}`, () => void read(), { immediate: true });
  const failure = computed(() => putting.failure.value ?? reading.failure.value);
  return { said, isBusy: putting.isBusy, failure, read, put };
}
