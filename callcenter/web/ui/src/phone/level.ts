/** How loud the microphone is, for as long as somebody looks. */
import { onScopeDispose, readonly, ref, type Ref } from "vue";
import { microphoneLevel } from "./sound";

const PAUSE = 100;

/** How loud the microphone is, 0 to 1, for as long as somebody shows it; null where it is not known. */
export function useLevel(): Readonly<Ref<number | null>> {
  const level = ref<number | null>(null);
  const timer = setInterval(() => (level.value = microphoneLevel()), PAUSE);
  onScopeDispose(() => clearInterval(timer));
  return readonly(level);
}
