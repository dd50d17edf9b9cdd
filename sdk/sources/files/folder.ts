/**
 * The port to a folder of files that others write: a folder of a disk, or a part of a bucket. It is only read.
 * Every adapter passes `tests/conformance/folder.ts`.
 *
 * @module
 */
import { ChangedDocumentError } from "../../errors.ts";
import type { ByteRange } from "../../lake/store.ts";

/** A version of a file, as a folder lists it. */
export interface FileVersion {
  /** The path from the folder, with `/` between its parts. */
  readonly name: string;
  /** Changes whenever the content can have changed. */
  readonly version: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** Time of the last change, by the clock of the folder. */
  readonly modified: Date;
}

/** A folder of files. */
export interface FileFolder {
  /** The location to show people, `file:///…` or `s3://…`. Contains no secret. */
  readonly url: string;

  /**
   * Lists the files whose name is wanted, in the order of their names. Leaves out what is no plain file of
   * this folder: links, devices and pipes; and hidden and temporary names, see {@linkcode isHiddenOrTemporary}.
   *
   * @throws {SourceError} when the folder cannot be read.
   */
  list(isWanted: (name: string) => boolean): AsyncIterable<FileVersion>;

  /** Returns a file as it is now; undefined when it was deleted. @throws {SourceError} as above. */
  look(name: string): Promise<FileVersion | undefined>;

  /**
   * Reads a version of a file, or a range of it, in chunks of any size.
   *
   * @throws {ChangedDocumentError} when the file is not this version any more, or not at the end.
   * @throws {RefusedDocumentError} when this user has no right to read this file.
   * @throws {SourceError} when the folder cannot be read.
   */
  read(file: FileVersion, range?: ByteRange): AsyncIterable<Uint8Array>;
}

/** Names that programs give to a file while they write it. */
const TEMPORARY =
  /\.(tmp|temp|part|partial|crdownload|download|filepart|swp|lock|inprogress)$|^~|~$|_COPYING_$/i;

/** Returns whether a path has a hidden or temporary part: `.x`, `x.tmp`, `.staging/x.csv`. */
export function isHiddenOrTemporary(name: string): boolean {
  return name.split("/").some((part) => part.startsWith(".") || TEMPORARY.test(part));
}

/** Returns the error of a file that is no longer the version to be read. */
export function changedFile({ name }: FileVersion, cause?: unknown): ChangedDocumentError {
  return new ChangedDocumentError(`${name} changed while it was read`, {
    stage: "extract",
    retryable: true,
    cause,
  });
}
