/**
 * Turns the bytes of a text file into characters: decompresses gzip, and decodes.
 *
 * @module
 */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FileEncoding } from "../../../schemas/file_spec.ts";
import { atLine, refused } from "./refused.ts";

/** What files begin with. */
const SIGNATURES: readonly (readonly [readonly number[], string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], "the file is an Excel workbook or a ZIP archive: save it as CSV"],
  [[0xd0, 0xcf, 0x11, 0xe0], "the file is an old Excel workbook: save it as CSV"],
  [[0x50, 0x41, 0x52, 0x31], "the file is a Parquet file, but its name does not end in .parquet"],
];
const GZIP = [0x1f, 0x8b];
const MARKS: readonly (readonly [readonly number[], FileEncoding])[] = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];
/** Bytes that tell what a file is. */
const START_BYTES = 4;

/**
 * Yields the text of a file without its byte order mark. gzip is recognised by its first bytes.
 *
 * @throws {RefusedDocumentError} when it is not text in this encoding, with the line.
 */
export async function* readText(
  bytes: AsyncIterable<Uint8Array>,
  encoding: FileEncoding = "utf-8",
): AsyncGenerator<string> {
  const [packed, start] = await withStart(bytes);
  if (!beginsWith(start, GZIP)) return yield* decode(packed, start, encoding);
  const [plain, plainStart] = await withStart(unpack(packed));
  yield* decode(plain, plainStart, encoding);
}

async function* decode(
  bytes: AsyncIterable<Uint8Array>,
  start: Uint8Array,
  encoding: FileEncoding,
): AsyncGenerator<string> {
  const known = SIGNATURES.find(([signature]) => beginsWith(start, signature));
  if (known) throw refused(known[1]);
  const marked = MARKS.find(([mark]) => beginsWith(start, mark))?.[1];
  const found = marked ?? encoding;
  const decoder = new TextDecoder(found, { fatal: true });
  let lines = 1;
  const fail = (text: string, until: string, problem: string, cause?: unknown): never => {
    throw refused(atLine(lines + lineFeeds(text.slice(0, text.indexOf(until))), problem), cause);
  };
  const next = (chunk: Uint8Array | undefined) => {
    let text: string;
    try {
      text = chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch (cause) {
      text = new TextDecoder(found).decode(chunk);
      if (!text.includes("\0")) fail(text, "\ufffd", notEncoded(found), cause);
    }
    if (text.includes("\0")) fail(text, "\0", BINARY);
    lines += lineFeeds(text);
    return text;
  };
  for await (const chunk of bytes) {
    const text = next(chunk);
    if (text !== "") yield text;
  }
  const rest = next(undefined);
  if (rest !== "") yield rest;
}

const BINARY =
  "a NUL character: the file is not text, or it is UTF-16 and its kind has no encoding set";

function notEncoded(encoding: FileEncoding): string {
  return encoding === "utf-8"
    ? "the text is not UTF-8: save the file as UTF-8, or set the encoding of its kind"
    : `the text is not ${encoding}`;
}

async function* unpack(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const source = Readable.from(packed, { objectMode: false });
  const closed = new Promise((resolve) => source.once("close", resolve));
  // An error of the file is thrown unchanged: only that of the decompression is not.
  let failure: { readonly error: unknown } | undefined;
  source.once("error", (error) => {
    failure = { error };
    gunzip.destroy(error);
  });
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk;
  } catch (error) {
    if (failure) throw failure.error;
    throw refused(`the gzip data is damaged: ${(error as Error).message}`, error);
  } finally {
    source.destroy();
    await closed;
  }
}

/** Returns the same bytes, and the first of them. */
async function withStart(
  bytes: AsyncIterable<Uint8Array>,
): Promise<[AsyncIterable<Uint8Array>, Uint8Array]> {
  const chunks = bytes[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < START_BYTES) {
    const { done, value } = await chunks.next();
    if (done) break;
    first.push(value);
    length += value.length;
  }
  const start = new Uint8Array(await new Blob(first as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  const all = async function* () {
    try {
      if (start.length > 0) yield start;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  };
  return [all(), start];
}

function beginsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, at) => bytes[at] === byte);
}

function lineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
