/** One flag as it stands with what of the log of its matter is about it, and changing it. */
import type { Ref, ShallowRef } from "vue";
import { api, take } from "@/api/client";
import { readHistory, type Entry } from "@/casework/history";
import { useVersioned, type Versioned } from "@/casework/versioned";
import type { Flag } from "./proposal";

export type OneFlag = Omit<Versioned<Flag>, "thing"> & { flag: ShallowRef<Flag | null> };

async function ask(id: number): Promise<[Flag, Entry[]]> {
  const flag = await take(api.GET("/api/v1/case-flags/{flag_id}", { params: { path: { flag_id: id } } }));
  const log = await readHistory(flag.ticket);
  return [flag, log.filter((entry) => entry.body["flag"] === id)];
}

export function useFlag(id: Readonly<Ref<number>>): OneFlag {
  const { thing, ...others } = useVersioned(id, ask);
  return { flag: thing, ...others };
}
