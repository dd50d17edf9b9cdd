/**
 * The source of files that people or programs put into a folder or a bucket.
 *
 * In: the files of a {@linkcode FileFolder}, and the `files` of the model. Out: a delivery for
 * every version of a file. A file is known by its name, version and size, and by the checksum of its content.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Model, totesys } from "../../../schemas/model.ts";
import { sourceModel } from "../../derive/source_model.ts";
import { ChangedDocumentError, RefusedDocumentError, SourceError } from "../../errors.ts";
import type { Ledger, LedgerEntry } from "../../lake/ledger.ts";
import type { ByteRange } from "../../lake/store.ts";
import { type Delivery, type DeliveryOptions, SAME_AS_BEFORE, type Source } from "../source.ts";
import { type FileKind, fileKinds, formatOf } from "./file_kind.ts";
import type { FileFolder, FileVersion } from "./folder.ts";
import { openFolder } from "./open_folder.ts";
import { type FileContent, readFile } from "./read_file.ts";
import { refused } from "./refused.ts";
import { readRows } from "./read_rows.ts";
import { secondLook } from "./second_look.ts";

/** The options of {@linkcode filesSource}. */
export interface FilesSourceOptions {
  /** The folder: `file:///srv/files` or `s3://my-bucket/files`. */
  readonly url: string;
  /** The model whose `files` and whose source `files` say what is read; totesys when omitted. */
  readonly model?: Model;
  /** Milliseconds without a change before a file is read; 2,000 when omitted. */
  readonly settle_ms?: number;
}

const NAME = "files";
const SETTLE_MS = 2_000;
/** As in S3. */
const MAX_NAME_BYTES = 1_024;

/**
 * Returns the source of the files in a folder or a bucket.
 *
 * ```ts ignore
 * await runSource({ source: filesSource({ url: "s3://my-bucket/files" }), ...lake });
 * ```
 *
 * @throws {ConfigurationError} when the URL, or the kind of a file, is wrong.
 */
export function filesSource(options: FilesSourceOptions): Source {
  const { url, model = totesys, settle_ms = SETTLE_MS } = options;
  const folder = openFolder(url);
  const kinds = fileKinds(model.files ?? [], sourceModel(model, NAME));
  return {
    name: NAME,
    deliveries: (ledger, { signal }) => deliveries({ folder, kinds, ledger, settle_ms, signal }),
  };
}

interface Reading extends DeliveryOptions {
  readonly folder: FileFolder;
  readonly kinds: readonly FileKind[];
  readonly ledger: Ledger;
  readonly settle_ms: number;
}

async function* deliveries(reading: Reading): AsyncGenerator<Delivery> {
  const { folder, kinds, ledger, signal } = reading;
  const files: FileVersion[] = [];
  const misnamed: string[] = [];
  const isWanted = (name: string) => {
    if (!kinds.some(({ matches }) => matches(name))) return false;
    const isUsable = isUsableName(name);
    if (!isUsable) misnamed.push(name);
    return isUsable;
  };
  for await (const file of folder.list(isWanted)) {
    if (signal?.aborted) return;
    // A duplicate is asked about again later: its original can get other content in this run.
    const known = recordedAs(ledger, file);
    if (!known || known.outcome === "duplicate") files.push(file);
  }
  const fresh = files.filter((file) => !recordedAs(ledger, file));
  const isUnchanged = await secondLook(folder, fresh, reading);
  for (const file of files) {
    if (signal?.aborted) return;
    const known = recordedAs(ledger, file);
    if (known && ledger.withContent(known.sha256)) continue;
    if (!await isUnchanged(file)) continue;
    const kind = kinds.find(({ matches }) => matches(file.name))!;
    const delivery = await deliveryOf(file, kind, reading);
    if (delivery) yield delivery;
  }
  if (misnamed.length > 0) throw misnamedFiles(folder, misnamed);
}

/** A name is a part of keys, which have an index. A character stands for bytes that are not UTF-8. */
function isUsableName(name: string): boolean {
  return new TextEncoder().encode(name).length <= MAX_NAME_BYTES && !name.includes("\ufffd");
}

function misnamedFiles({ url }: FileFolder, [name, ...others]: readonly string[]): SourceError {
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return new SourceError(
    `cannot read ${JSON.stringify(name.slice(0, 200).toWellFormed())}${more} in ${url}: ` +
      `a name is not UTF-8, or has more than ${MAX_NAME_BYTES} bytes with its folders`,
    { stage: "extract", next: "rename the files; all others have been read" },
  );
}

/** Returns the entry of a version of a file; undefined when it is new, or has changed. */
function recordedAs(
  ledger: Ledger,
  { name, version, bytes }: FileVersion,
): LedgerEntry | undefined {
  const latest = ledger.latest(name);
  return latest?.version === version && latest.bytes === bytes ? latest : undefined;
}

/** Returns the delivery of a file; undefined when it changes while its checksum is computed. */
async function deliveryOf(
  file: FileVersion,
  kind: FileKind,
  { folder, ledger, signal }: Reading,
): Promise<Delivery | undefined> {
  const { name, version, bytes } = file;
  const document = { name, version, table: kind.table.name };
  const read = (range?: ByteRange) => untilAborted(folder.read(file, range), signal);
  const rows = () => rowsOf({ bytes, read }, name, kind);
  try {
    const sha256 = await checksum(read());
    const before = ledger.current(name);
    const original = before?.sha256 === sha256 ? before : ledger.withContent(sha256);
    // After a version that was refused, the content before it is read again: it leaves the quarantine.
    const isRestored = original?.name === name && ledger.latest(name)?.outcome === "refused";
    if (original?.table !== kind.table.name || isRestored) {
      return { ...document, rows, size: () => ({ bytes, sha256 }) };
    }
    const reason = original.name === name ? SAME_AS_BEFORE : `same content as ${original.name}`;
    return { ...document, bytes, sha256, outcome: "duplicate", reason };
  } catch (error) {
    if (error instanceof ChangedDocumentError) return undefined;
    if (!(error instanceof RefusedDocumentError)) throw error;
    // Reading the rows is refused too.
    return { ...document, rows, size: () => ({ bytes, sha256: "" }) };
  }
}

async function* rowsOf(content: FileContent, name: string, kind: FileKind) {
  const format = formatOf(kind.spec, name);
  if (!format) throw refused("the name does not end in the name of a format, such as .csv");
  yield* readRows(readFile(content, format, kind), { name, format, ...kind });
}

async function* untilAborted<T>(values: AsyncIterable<T>, signal?: AbortSignal) {
  for await (const value of values) {
    signal?.throwIfAborted();
    yield value;
  }
}

async function checksum(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}
