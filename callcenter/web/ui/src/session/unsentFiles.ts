/**
 * Files that were chosen and not sent: kept by the browser itself, as a tab's own store has no room for a photo. They
 * outlive a reload and a lost link, and are gone at sign-out with all that the browser keeps of a user.
 */
const NAME = "unsent-files";
const STORE = "files";
const OF = "of";

export interface UnsentFile {
  id: number;
  /** What it belongs to. */
  of: string;
  item: number;
  name: string;
  blob: Blob;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () =>
      opening.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true }).createIndex(OF, OF);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function ask<T>(mode: IDBTransactionMode, request: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = request(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** On the disk when this has resolved. Rejects where the browser has no room for it. */
export async function keepFile(file: Omit<UnsentFile, "id">): Promise<void> {
  await ask("readwrite", (store) => store.add(file));
}

/** In the order in which they were kept. */
export function listFiles(of: string): Promise<UnsentFile[]> {
  return ask("readonly", (store) => store.index(OF).getAll(of) as IDBRequest<UnsentFile[]>);
}

export async function dropFile(id: number): Promise<void> {
  await ask("readwrite", (store) => store.delete(id));
}

/** Also where the browser knows no such store. */
export function forgetFiles(): void {
  if (typeof indexedDB !== "undefined") indexedDB.deleteDatabase(NAME);
}
