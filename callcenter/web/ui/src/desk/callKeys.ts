/** The keys of the call of the moment, on every page. */
export const CALL_KEYS = { answer: "F2", hangUp: "F4", hold: "F8", mute: "F9" } as const;
