/** The name under which the backend gives a file, as its header Content-Disposition says (RFC 6266). Pure. */

const ANY_LANGUAGE = /filename\*=UTF-8''([^;]+)/i;
const ASCII = /filename="([^"]+)"/i;

export function fileNameOf(header: string | null, otherwise: string): string {
  const encoded = ANY_LANGUAGE.exec(header ?? "")?.[1];
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded);
  } catch {
    // then the plain one
  }
  return ASCII.exec(header ?? "")?.[1] ?? otherwise;
}
