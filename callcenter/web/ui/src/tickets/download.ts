/** Gives a file of a matter to the user, under the name that the backend says. */
import { take } from "@/api/client";
import { fileNameOf } from "@/design/fileName";
import { saveFile } from "@/design/saveFile";

/** Throws ApiError. */
export async function download(asked: Promise<{ data?: Blob; error?: unknown; response: Response }>, name: string): Promise<void> {
  const file = await take<Blob>(asked);
  saveFile(file, fileNameOf((await asked).response.headers.get("content-disposition"), name));
}
