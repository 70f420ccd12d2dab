/** One instruction as it stands with its log, and changing it. */
import type { Ref, ShallowRef } from "vue";
import { api, take, type Schemas } from "@/api/client";
import { useVersioned, type Versioned } from "@/casework/versioned";

export type Instruction = Schemas["InstructionView"];
export type Entry = Schemas["InstructionEventView"];
export type OneInstruction = Omit<Versioned<Instruction, Entry>, "thing"> & { instruction: ShallowRef<Instruction | null> };

const PAGE = 200;

async function readHistory(id: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const params: { path: { instruction_id: number }; query: { limit: number; cursor: string | null } } = {
      path: { instruction_id: id },
      query: { limit: PAGE, cursor },
    };
    const page: Schemas["InstructionHistory"] = await take(api.GET("/api/v1/instructions/{instruction_id}/history", { params }));
    entries.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return entries;
}

async function ask(id: number): Promise<[Instruction, Entry[]]> {
  const path = { instruction_id: id };
  return Promise.all([take(api.GET("/api/v1/instructions/{instruction_id}", { params: { path } })), readHistory(id)]);
}

export function useInstruction(id: Readonly<Ref<number>>): OneInstruction {
  const { thing, ...others } = useVersioned<number, Instruction, Entry>(id, ask);
  return { instruction: thing, ...others };
}
