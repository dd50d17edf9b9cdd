import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { ChangedDocumentError, RefusedDocumentError, SourceError } from "../../errors.ts";
import type { ByteRange } from "../../lake/store.ts";
import { changedFile, type FileFolder, type FileVersion, isHiddenOrTemporary } from "./folder.ts";

const CHUNK_BYTES = 64 * 1024;
/** Files whose status is read in parallel. */
const LOOKS = 64;
/** A link is not followed, and a pipe does not wait for a writer. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The status of a file. */
type Stats = Awaited<ReturnType<typeof statsOf>>;

/** Opens the folder at an absolute path. It can be a link; nothing in it is followed. */
export function localFolder(path: string): FileFolder {
  return new LocalFolder(path);
}

class LocalFolder implements FileFolder {
  readonly url: string;
  readonly #root: string;

  constructor(path: string) {
    this.#root = path;
    this.url = pathToFileURL(path).href;
  }

  async *list(isWanted: (name: string) => boolean): AsyncIterable<FileVersion> {
    await this.#requireFolder();
    const names = await Array.fromAsync(this.#walk("", isWanted));
    names.sort();
    for (let from = 0; from < names.length; from += LOOKS) {
      const looks = names.slice(from, from + LOOKS).map((name) => this.look(name));
      for (const file of await Promise.all(looks)) if (file) yield file;
    }
  }

  async look(name: string): Promise<FileVersion | undefined> {
    if (isHiddenOrTemporary(name)) return undefined; // `..` is one of them
    try {
      const stats = await statsOf(lstat(`${this.#root}/${name}`, { bigint: true }));
      return stats.isFile ? versionOf(name, stats) : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#failure(`look at ${name} in`, error);
    }
  }

  async *read(file: FileVersion, range?: ByteRange): AsyncIterable<Uint8Array> {
    const handle = await this.#open(file);
    try {
      await requireSame(file, handle);
      let position = range?.start ?? 0;
      const end = range?.end ?? file.bytes;
      while (position < end) {
        const chunk = new Uint8Array(Math.min(end - position, CHUNK_BYTES));
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
        if (bytesRead === 0) throw changedFile(file);
        position += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
      await requireSame(file, handle);
    } finally {
      await handle.close();
    }
  }

  /** Opens a file, which must still be in this folder: a folder above it can have become a link. */
  async #open(file: FileVersion): Promise<FileHandle> {
    try {
      const root = await realpath(this.#root);
      const path = join(root, file.name);
      if (!path.startsWith(root + sep) || await realpath(path) !== path) throw changedFile(file);
      return await open(path, FLAGS);
    } catch (error) {
      if (error instanceof ChangedDocumentError) throw error;
      const code = codeOf(error);
      if (isMissing(error) || code === "ELOOP" || code === "ENXIO") throw changedFile(file, error);
      if (code !== "EACCES" && code !== "EPERM") throw this.#failure(`read ${file.name} in`, error);
      throw new RefusedDocumentError("this user has no right to read the file", { cause: error });
    }
  }

  async *#walk(folder: string, isWanted: (name: string) => boolean): AsyncGenerator<string> {
    for (const entry of await this.#entries(folder)) {
      const name = folder + entry.name;
      if (isHiddenOrTemporary(entry.name)) continue;
      if (entry.isDirectory()) yield* this.#walk(`${name}/`, isWanted);
      else if (entry.isFile() && isWanted(name)) yield name;
    }
  }

  async #entries(folder: string) {
    try {
      return await readdir(`${this.#root}/${folder}`, { withFileTypes: true });
    } catch (error) {
      // The folder was deleted after it was listed.
      if (folder !== "" && isMissing(error)) return [];
      throw this.#failure(folder === "" ? "list" : `list ${folder} in`, error);
    }
  }

  async #requireFolder(): Promise<void> {
    try {
      await realpath(this.#root);
    } catch (error) {
      throw this.#failure("list", error);
    }
  }

  #failure(action: string, cause: unknown): SourceError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new SourceError(`cannot ${action} ${this.url}: ${reason}`, {
      stage: "extract",
      next: isMissing(cause)
        ? `create the folder, or set FILES_URL to the one that files are put into`
        : `give this user the right to read ${this.#root}`,
      cause,
    });
  }
}

async function statsOf(
  looking: Promise<
    { mtimeNs: bigint; ctimeNs: bigint; ino: bigint; size: bigint; isFile(): boolean }
  >,
) {
  const stats = await looking;
  const { mtimeNs, ctimeNs, ino, size } = stats;
  return { mtimeNs, ctimeNs, ino, bytes: Number(size), isFile: stats.isFile() };
}

/**
 * The version includes the ctime and the inode, because a program can set back the mtime, but not these.
 */
function versionOf(name: string, { mtimeNs, ctimeNs, ino, bytes }: Stats): FileVersion {
  const modified = new Date(Number(mtimeNs / 1_000_000n));
  const version = `${modified.toISOString()} ${ctimeNs / 1_000_000n} ${ino} ${bytes}`;
  return { name, version, bytes, modified };
}

async function requireSame(file: FileVersion, handle: FileHandle): Promise<void> {
  const stats = await statsOf(handle.stat({ bigint: true }));
  const { version } = versionOf(file.name, stats);
  if (!stats.isFile || version !== file.version) throw changedFile(file);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}
