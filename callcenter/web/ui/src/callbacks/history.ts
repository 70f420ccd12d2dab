/** What is known of a person, in one line of time. Pure. */
import type { Schemas } from "@/api/client";
import { wasTalk } from "@/design/callLength";
import type { Dial } from "./dials";

export type History = Schemas["HistoryView"];
export type PastCall = Schemas["PastCallView"];

export type Entry = { key: string; at: string } & (
  | { kind: "call"; call: PastCall; dial: Dial | null }
  | { kind: "dial"; dial: Dial }
  | { kind: "note"; note: Pick<Schemas["NoteView"], "user" | "at" | "note"> }
  | { kind: "promise"; promise: Schemas["PromiseView"] }
);

const keyOf = (call: { pbx: string; call_id: string }) => `${call.pbx}/${call.call_id}`;

/** The newest first. A dial that led to a call stands with the call. */
export function entriesOf(history: History): Entry[] {
  const dials = new Map(history.dials.map((dial) => [keyOf(dial), dial]));
  const calls = history.calls.map((call): Entry => {
    const key = keyOf(call);
    const dial = dials.get(key) ?? null;
    dials.delete(key);
    return { key: `call ${key}`, at: call.started_at, kind: "call", call, dial };
  });
  const rest = [...dials.values()].map(
    (dial): Entry => ({ key: `dial ${dial.id}`, at: dial.requested_at, kind: "dial", dial }),
  );
  const notes = [...history.notes, ...history.call_notes].map(
    (note, index): Entry => ({ key: `note ${index} ${note.at}`, at: note.at, kind: "note", note }),
  );
  const promises = history.promises.map(
    (promise): Entry => ({ key: `promise ${promise.at}`, at: promise.at, kind: "promise", promise }),
  );
  return [...calls, ...rest, ...notes, ...promises].sort((one, other) => other.at.localeCompare(one.at));
}

/** Calls in which the caller can have named a time: somebody talked, or a message was left. */
export function callsToName(history: History): PastCall[] {
  return history.calls.filter((call) => wasTalk(call) || call.outcome === "voicemail").slice(0, 10);
}
