/** The one way to the backend: typed by its own description. Errors are thrown as `ApiError`. */
import createClient from "openapi-fetch";
import type { components, paths } from "./made/schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

/** `unreachable` is the page's own: there was no answer that could be read. */
export type ErrorCode = Problem["code"] | "unreachable";

const PATIENCE = 20_000;

/** The backend said no, or nothing. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly params: Readonly<Record<string, string | number>>;
  readonly fields: readonly Schemas["FieldProblem"][];

  constructor(problem: Problem | null, status: number) {
    super(problem?.detail ?? "");
    this.code = problem?.code ?? "unreachable";
    this.status = status;
    this.params = problem?.params ?? {};
    this.fields = problem?.errors ?? [];
  }
}

const whenSignedOut = new Set<() => void>();

/** Told whenever the backend no longer knows who this is. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut.add(listener);
}

export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  fetch: (request) => fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE)]) }),
});

/** Whether the pages are served now. */
export async function isServed(): Promise<boolean> {
  try {
    return (await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) })).ok;
  } catch {
    return false;
  }
}

/** What a call gives, as in `await take(api.GET("/api/v1/session"))`. Throws ApiError. */
export async function take<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let answer;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) {
      throw new ApiError(null, 0);
    }
    throw error;
  }
  if (answer.response.ok) return answer.data as T;
  const problem = isProblem(answer.error) ? answer.error : null;
  if (problem?.code === "not_signed_in") whenSignedOut.forEach((tell) => tell());
  throw new ApiError(problem, answer.response.status);
}

/** Why something is looked at, as the backend wants to be told; it is logged there. */
export function because(reason: string): { "x-reason": string } {
  return { "x-reason": encodeURIComponent(reason) };
}

/** For files, which take as long as they are large: `api.GET(path, { ...params, ...FILE })` gives a Blob. */
export const FILE = { parseAs: "blob", fetch: (request: Request) => fetch(request) } as const;

/** A proxy in between answers with pages of its own. */
function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "params" in body;
}
