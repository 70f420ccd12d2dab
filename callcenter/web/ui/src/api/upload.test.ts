import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "./client";
import { sendFile } from "./upload";

class Request {
  static answer: { status: number; body: string } | null = null;
  static last: Request;
  headers: Record<string, string> = {};
  upload: { onprogress: ((event: object) => void) | null } = { onprogress: null };
  status = 0;
  responseText = "";
  onload: () => void = () => undefined;
  onerror: () => void = () => undefined;
  sent: unknown = null;
  asked = "";

  constructor() {
    Request.last = this;
  }

  open(method: string, path: string) {
    this.asked = `${method} ${path}`;
  }

  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }

  send(file: unknown) {
    this.sent = file;
    this.upload.onprogress?.({ lengthComputable: true, loaded: 1, total: 4 });
    this.upload.onprogress?.({ lengthComputable: false, loaded: 2, total: 0 });
    if (Request.answer === null) return this.onerror();
    this.status = Request.answer.status;
    this.responseText = Request.answer.body;
    this.onload();
  }
}

afterEach(() => vi.unstubAllGlobals());

function answering(status: number, body: string): void {
  vi.stubGlobal("XMLHttpRequest", Request);
  Request.answer = { status, body };
}

const PROBLEM = JSON.stringify({ code: "file_kind_not_taken", params: {}, detail: "no", status: 400, errors: null });

describe("a file that is sent", () => {
  it("goes as plain bytes with its headers, and tells how much is sent", async () => {
    answering(201, '{"id": 7}');
    const file = new Blob(["x"]);
    const shares: number[] = [];
    const headers = { "X-File-Name": "a.pdf" };
    expect(await sendFile("/files", file, { headers, onShare: (share) => shares.push(share) })).toEqual({ id: 7 });
    const { asked, sent, headers: given } = Request.last;
    expect([asked, sent, shares]).toEqual(["POST /files", file, [0.25]]);
    expect(given).toEqual({ "Content-Type": "application/octet-stream", "X-File-Name": "a.pdf" });
  });

  it("is refused with the code of the backend", async () => {
    answering(400, PROBLEM);
    const refusal = await sendFile("/files", new Blob()).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ApiError);
    expect(refusal).toMatchObject({ code: "file_kind_not_taken", status: 400 });
  });

  it("is as unreachable behind a proxy's own page as without any answer", async () => {
    answering(502, "<html>");
    await expect(sendFile("/files", new Blob())).rejects.toMatchObject({ code: "unreachable" });
    Request.answer = null;
    await expect(sendFile("/files", new Blob())).rejects.toMatchObject({ code: "unreachable" });
  });
});
