/** Different for each click; without `crypto.randomUUID`, which browsers give to pages over TLS only. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
