/** For what shows instructions: read again at once when the user's own stream says that one has changed. */
import { watch } from "vue";
import { useFollow } from "@/live/follow";
import { useMe } from "@/session/me";

/**
 * `isPaused` while something is typed that is about what is shown; afterwards it is read at once. Who has no stream, as
 * officers have none, reads as the other pages of matters do.
 */
export function useInstructionNews(read: () => Promise<void>, isPaused: () => boolean): void {
  const me = useMe();
  // a number that grew, or another process whose numbers begin anew; and what was missed while there was no link
  watch([() => me.document?.lists.instructions, () => me.downSince === null, isPaused], ([, isUp, isHeld]) => {
    if (isUp && !isHeld) void read();
  });
  useFollow(read, () => isPaused() || (me.document !== null && me.downSince === null));
}
