/**
 * The object store in a folder. Each object is a file, and its key is the path. A file is first written in
 * `.tmp`, then linked to its path: a hard link appears complete and never replaces a file.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { LakeError } from "../errors.ts";
import { compareUtf8 } from "./compare_utf8.ts";
import { missingObject, shortObject } from "./damage.ts";
import { folderPath } from "./folder_path.ts";
import { checkKey } from "./keys.ts";
import { type ByteRange, checkRange, type ObjectStore } from "./store.ts";

const TEMPORARY = ".tmp";
const CHUNK_BYTES = 256 * 1024;

/**
 * Opens the object store in a folder: `fileStore("file:///srv/lake/ingestion")`. The first put creates the
 * folder. Needs permission to read and write that folder, and a file system with hard links. A key
 * cannot be the folder of another key: once `a/b` exists, a put of `a/b/c` throws a LakeError.
 *
 * @throws {ConfigurationError} when the URL is not `file:///` and an absolute path.
 */
export function fileStore(url: string | URL): ObjectStore {
  return new FileStore(folderPath(String(url), "the lake"));
}

class FileStore implements ObjectStore {
  readonly url: string;
  readonly #root: string;
  /** Folders whose entry in their parent folder is on disk. */
  readonly #durable = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    this.url = pathToFileURL(root).href;
  }

  async put(key: string, body: AsyncIterable<Uint8Array> | Uint8Array): Promise<boolean> {
    checkKey(key);
    const temporary = `${this.#root}/${TEMPORARY}/${crypto.randomUUID()}`;
    try {
      await this.#write(temporary, body);
      return await this.#publish(temporary, key);
    } finally {
      // Best effort: files in .tmp are not listed, and the result of the put matters more.
      await Deno.remove(temporary).catch(() => {});
    }
  }

  async *get(key: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    checkKey(key);
    using file = await this.#open(key);
    const { start, end } = await this.#bounds(file, key, range);
    await this.#try("read", file.seek(start, Deno.SeekMode.Start));
    const chunk = new Uint8Array(Math.min(end - start, CHUNK_BYTES));
    for (let left = end - start; left > 0;) {
      const read = await this.#try("read", file.read(chunk.subarray(0, left)));
      if (read === null) throw shortObject(key, this.url, end);
      left -= read;
      yield chunk.subarray(0, read);
    }
  }

  list(prefix: string, after?: string): AsyncIterable<string> {
    return this.#walk("", prefix, after);
  }

  async #write(path: string, body: AsyncIterable<Uint8Array> | Uint8Array): Promise<void> {
    await this.#try("write", Deno.mkdir(`${this.#root}/${TEMPORARY}`, { recursive: true }));
    using file = await this.#try("write", Deno.open(path, { write: true, createNew: true }));
    // Errors of the body are thrown unchanged: only writing is wrapped.
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      await this.#try("write", writeAll(file, chunk));
    }
    await this.#try("write", file.sync());
  }

  async #publish(temporary: string, key: string): Promise<boolean> {
    const path = `${this.#root}/${key}`;
    const folder = path.slice(0, path.lastIndexOf("/"));
    await this.#try("write", Deno.mkdir(folder, { recursive: true }));
    try {
      await Deno.link(temporary, path);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw this.#failure("write", error);
      await this.#refuseFolder(key);
      return false;
    }
    await this.#try("write", syncFolder(folder));
    await this.#makeDurable(folder);
    return true;
  }

  /**
   * Flushes a folder and those above it. A new file is durable only when the entries of all folders
   * above it are.
   */
  async #makeDurable(folder: string): Promise<void> {
    if (folder === this.#root || this.#durable.has(folder)) return;
    const parent = folder.slice(0, folder.lastIndexOf("/"));
    await this.#try("write", syncFolder(parent));
    await this.#makeDurable(parent);
    this.#durable.add(folder);
  }

  async #refuseFolder(key: string): Promise<void> {
    const { isDirectory } = await this.#try("read", Deno.stat(`${this.#root}/${key}`));
    if (!isDirectory) return;
    throw new LakeError(`cannot write ${key} in ${this.url}: it is the folder of other objects`, {
      stage: "lake",
    });
  }

  async #open(key: string): Promise<Deno.FsFile> {
    try {
      return await Deno.open(`${this.#root}/${key}`);
    } catch (error) {
      throw isMissing(error) ? missingObject(key, this.url, error) : this.#failure("read", error);
    }
  }

  async #bounds(file: Deno.FsFile, key: string, range?: ByteRange): Promise<ByteRange> {
    const { isFile, size } = await this.#try("read", file.stat());
    if (!isFile) throw missingObject(key, this.url);
    const { start, end } = range ?? { start: 0, end: size };
    if (end > size) throw shortObject(key, this.url, end);
    checkRange({ start, end }, key, this.url);
    return { start, end };
  }

  /**
   * Walks a folder (`""` or `a/b/`) in the order of its keys. Subfolders are sorted with their slash,
   * because `a/b` comes after `a.c` although `a` comes before it.
   */
  async *#walk(folder: string, prefix: string, after?: string): AsyncIterable<string> {
    const names = await this.#entries(
      folder,
      (name) =>
        name.endsWith("/")
          ? canHold(name, prefix, after)
          : name.startsWith(prefix) && (after === undefined || compareUtf8(name, after) > 0),
    );
    for (const name of names.sort(compareUtf8)) {
      if (name.endsWith("/")) yield* this.#walk(name, prefix, after);
      else yield name;
    }
  }

  /** Returns the wanted entries of a folder, as paths from the root. Folders end in a slash. */
  async #entries(folder: string, wanted: (name: string) => boolean): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const entry of Deno.readDir(`${this.#root}/${folder}`)) {
        const name = folder + entry.name + (entry.isDirectory ? "/" : "");
        const object = entry.isFile || (entry.isDirectory && name !== `${TEMPORARY}/`);
        if (object && wanted(name)) names.push(name);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw this.#failure("list", error);
    }
    return names;
  }

  async #try<T>(action: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#failure(action, error);
    }
  }

  #failure(action: string, cause: unknown): LakeError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const next = this.#remedy(cause);
    return new LakeError(`cannot ${action} ${this.url}: ${reason}`, { stage: "lake", next, cause });
  }

  #remedy(cause: unknown): string | undefined {
    const root = this.#root;
    if (cause instanceof Deno.errors.NotCapable) {
      return `run deno with --allow-read=${root} --allow-write=${root}`;
    }
    if (cause instanceof Deno.errors.PermissionDenied) {
      return `give this user the right to read and write ${root}, on a file system with hard links`;
    }
    switch ((cause as { code?: unknown } | null)?.code) {
      case "ENOSPC":
      case "EDQUOT":
        return `free space on the disk of ${root} and run again: nothing was lost`;
      case "ENOTSUP":
      case "EOPNOTSUPP":
        return "keep the lake on a file system with hard links";
      case "EROFS":
        return `mount the disk of ${root} read-write`;
    }
  }
}

async function writeAll(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += await file.write(chunk.subarray(written));
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder as a file. NTFS journals its entries.
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path);
  await folder.sync();
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** Returns whether a key in the folder can begin with `prefix` and come after `after`. */
function canHold(folder: string, prefix: string, after?: string): boolean {
  return (folder.startsWith(prefix) || prefix.startsWith(folder)) &&
    (after === undefined || after.startsWith(folder) || compareUtf8(folder, after) > 0);
}
