/** A mediation of the call of the moment: who may begin one, and the way to the one that goes on. */
import { computed, type ComputedRef, type Ref } from "vue";
import { useRouter } from "vue-router";
import { useAction, type Action } from "@/api/action";
import { api, take, type Schemas } from "@/api/client";
import { useMe, type Me } from "@/session/me";
import { useSession } from "@/session/session";

/** Whether the backend would take it: somebody from outside and the agent talk to each other, and to nobody else. */
export function canBeMediated(me: Me | null, call: Schemas["DeskCallView"] | null): boolean {
  return me !== null && me.mediation === null && call?.state === "talking" && call.direction !== "internal";
}

export interface Mediate extends Pick<Action, "isBusy" | "failure"> {
  /** Of the mediation that goes on; null without one. */
  id: ComputedRef<number | null>;
  /** Whether one can be begun now. */
  isPossible: ComputedRef<boolean>;
  begin: () => Promise<void>;
}

export function useMediate(call: Ref<Schemas["DeskCallView"] | null>): Mediate {
  const me = useMe();
  const session = useSession();
  const router = useRouter();
  const { isBusy, failure, run } = useAction();
  const id = computed(() => me.document?.mediation?.id ?? null);
  const isPossible = computed(
    () => session.may("mediate") && session.user?.features.commands === true && canBeMediated(me.document, call.value),
  );

  async function begin(): Promise<void> {
    await run(async () => {
      const begun = await take(api.POST("/api/v1/mediations"));
      await router.push({ name: "mediation", params: { id: begun.id } });
    });
  }

  return { isBusy, failure, id, isPossible, begin };
}
