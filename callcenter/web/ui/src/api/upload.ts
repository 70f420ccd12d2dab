/** Files to the backend, as the plain bytes of a request; how much of one is sent is told, which `fetch` cannot. */
import { take } from "./client";

export interface Sending {
  headers?: Readonly<Record<string, string>>;
  /** How much of it is sent, from 0 to 1. */
  onShare?: (share: number) => void;
}

/** The same limit as the backend's, which closes the connection of a larger file without an answer. */
export const LARGEST_FILE = 20 * 1024 * 1024;

type Answer<T> = { data?: T; error?: unknown; response: Response };

function send<T>(path: string, file: Blob, { headers = {}, onShare }: Sending): Promise<Answer<T>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onShare?.(event.loaded / event.total);
    request.onerror = () => reject(new TypeError("no answer"));
    request.onload = () => {
      try {
        const body: unknown = JSON.parse(request.responseText);
        const response = new Response(null, { status: request.status });
        resolve(response.ok ? { data: body as T, response } : { error: body, response });
      } catch (error) {
        reject(error);
      }
    };
    request.send(file);
  });
}

/** What is answered. Throws ApiError. */
export function sendFile<T>(path: string, file: Blob, sending: Sending = {}): Promise<T> {
  return take<T>(send<T>(path, file, sending));
}
