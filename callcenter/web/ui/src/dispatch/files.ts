/** The files of a matter, one of which may show goods that were found. */
import { shallowRef, type ShallowRef } from "vue";
import { api, ApiError, take, type Schemas } from "@/api/client";

const MOST = 200;

/** `read` asks for those of the matter; without them nothing can be chosen, and all else can be done. */
export function useFiles(): { files: ShallowRef<readonly Schemas["AttachmentView"][]>; read: (ticket: string) => Promise<void> } {
  const files = shallowRef<readonly Schemas["AttachmentView"][]>([]);

  async function read(ticket: string): Promise<void> {
    files.value = [];
    try {
      const params = { path: { ticket }, query: { limit: MOST } };
      files.value = (await take(api.GET("/api/v1/tickets/{ticket}/attachments", { params }))).items;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  return { files, read };
}
