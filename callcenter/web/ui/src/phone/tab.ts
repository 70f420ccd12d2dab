/** One tab of a browser is the phone: a second one would make the first deaf, and nobody would know. */

const NAME = "phone";
/** A page that is loaded anew waits so long for the one before to be gone. */
const PATIENCE = 1_500;

let release: (() => void) | null = null;

/** Whether this tab is it now. `steal` takes it from another; `onLost` is told when another did so here. */
export function becomePhone(steal: boolean, onLost: () => void): Promise<boolean> {
  if (release !== null) return Promise.resolve(true);
  return new Promise((tell) => {
    const options: LockOptions = steal ? { steal: true } : { signal: AbortSignal.timeout(PATIENCE) };
    let isHeld = false;
    navigator.locks
      .request(NAME, options, () => {
        isHeld = true;
        tell(true);
        return new Promise<void>((resolve) => (release = resolve));
      })
      .catch((error: unknown) => {
        if (!(error instanceof DOMException)) throw error;
        release = null;
        if (isHeld) onLost();
        else tell(false);
      });
  });
}

export function stopBeingPhone(): void {
  release?.();
  release = null;
}

/** Whether some tab of this browser is the phone. */
export async function isSomeTabPhone(): Promise<boolean> {
  const { held } = await navigator.locks.query();
  return held?.some((lock) => lock.name === NAME) ?? false;
}

/** Until no tab of this browser is it any more; one that is loaded anew is away for a moment only. */
export async function whenNoTabIsPhone(): Promise<void> {
  do {
    await navigator.locks.request(NAME, () => undefined);
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  } while (await isSomeTabPhone());
}
