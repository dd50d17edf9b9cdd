/**
 * Columns as binary COPY, which Postgres takes in without parsing text.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import { parseTimestamp } from "../derive/calendar.ts";
import { POSTGRES_EPOCH_MICROS } from "./calendar_bytes.ts";
import type { Codec, Frame } from "./type_codec.ts";
import { codecOf } from "./codecs.ts";
import type { Column, ColumnBatch } from "./column.ts";
import { withRoom } from "./growing_arrays.ts";

/** `PGCOPY\n`, four bytes that a text mode would damage, no flags, no extension. */
const HEADER = Uint8Array.of(80, 71, 67, 79, 80, 89, 10, 255, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const TRAILER = Uint8Array.of(255, 255);
/** A frame ends with the row that makes it this long. */
const FRAME_BYTES = 128 * 1024;
/** Rows whose sizes are computed together. */
const BLOCK_ROWS = 4_096;
/** The number of fields of a row. */
const COUNT_BYTES = 2;
const INT64_FIELD_BYTES = 12;
const WORD = 4_294_967_296;

/** What is written around the columns of a fact. */
export interface RowVersion {
  /** The surrogate key of the first row; it counts up from there. Comes before the columns. */
  readonly firstSurrogate: number;
  /** The time from which the rows are valid: RFC 3339 in UTC. Comes after the columns. */
  readonly validFrom: string;
}

/** Writes batches as one binary COPY. */
export class BinaryCopy {
  readonly #codecs: readonly Codec[];
  readonly #version: { surrogate: number; readonly validFrom: bigint } | undefined;
  #sizes = new Int32Array(0);
  #memory = new Uint8Array(0);
  #hasHeader = false;

  /** @throws {RangeError} when `validFrom` is not a time. */
  constructor(columns: readonly ColumnSpec[], version?: RowVersion) {
    this.#codecs = columns.map(codecOf);
    this.#version = version && {
      surrogate: version.firstSurrogate,
      validFrom: microsSince2000(version.validFrom),
    };
  }

  /**
   * Yields the rows of a batch in frames of about 128 KiB; a frame is longer where a single row is. A frame is
   * valid until the next one is requested.
   *
   * @throws {RangeError} when Postgres cannot hold a value: a decimal of more than 131,072 digits.
   * @throws {TypeError} when a column is not in the storage of its type.
   */
  *frames(batch: ColumnBatch): Generator<Uint8Array> {
    this.#codecs.forEach((codec, i) => requireStorage(codec, batch.columns[i]));
    for (let from = 0; from < batch.rows; from += BLOCK_ROWS) {
      yield* this.#block(batch, from, Math.min(from + BLOCK_ROWS, batch.rows));
    }
  }

  /** Returns what comes after the last frame. */
  end(): Uint8Array {
    const start = this.#start();
    const bytes = new Uint8Array(start + TRAILER.length);
    if (start > 0) bytes.set(HEADER);
    bytes.set(TRAILER, start);
    return bytes;
  }

  *#block(batch: ColumnBatch, from: number, to: number): Generator<Uint8Array> {
    const sizes = this.#sizes = withRoom(this.#sizes, to - from);
    const own = COUNT_BYTES + (this.#version ? 2 * INT64_FIELD_BYTES : 0);
    sizes.fill(own, 0, to - from);
    this.#codecs.forEach((codec, i) => codec.addSizes(batch.columns[i], from, to, sizes));
    for (let first = from; first < to;) {
      const start = this.#start();
      let bytes = start;
      let end = first;
      do {
        // A row's size becomes its place.
        const size = sizes[end - from];
        sizes[end - from] = bytes;
        bytes += size;
        end++;
      } while (end < to && bytes < FRAME_BYTES);
      yield this.#frame(batch, first, end, bytes, start, sizes.subarray(first - from, end - from));
      first = end;
    }
  }

  /** Returns where a frame's first row is: after the header, once. */
  #start(): number {
    const start = this.#hasHeader ? 0 : HEADER.length;
    this.#hasHeader = true;
    return start;
  }

  #frame(
    { columns }: ColumnBatch,
    from: number,
    to: number,
    size: number,
    start: number,
    at: Int32Array,
  ): Uint8Array {
    this.#memory = withRoom(this.#memory, size);
    const bytes = this.#memory.subarray(0, size).fill(0);
    const frame: Frame = { bytes, view: new DataView(bytes.buffer), at };
    if (start > 0) bytes.set(HEADER);
    this.#beginRows(frame);
    this.#codecs.forEach((codec, i) => codec.write(columns[i], from, to, frame));
    this.#endRows(frame);
    return bytes;
  }

  /** Writes the number of fields, and the surrogate key. */
  #beginRows({ view, at }: Frame): void {
    const version = this.#version;
    const fields = this.#codecs.length + (version ? 2 : 0);
    for (let row = 0; row < at.length; row++) {
      let place = at[row];
      view.setInt16(place, fields);
      place += COUNT_BYTES;
      if (version) {
        const surrogate = version.surrogate++;
        view.setInt32(place, 8);
        view.setInt32(place + 4, Math.floor(surrogate / WORD));
        view.setInt32(place + 8, surrogate | 0);
        place += INT64_FIELD_BYTES;
      }
      at[row] = place;
    }
  }

  #endRows({ view, at }: Frame): void {
    if (!this.#version) return;
    const { validFrom } = this.#version;
    const high = Number(validFrom >> 32n), low = Number(BigInt.asIntN(32, validFrom));
    for (let row = 0; row < at.length; row++) {
      view.setInt32(at[row], 8);
      view.setInt32(at[row] + 4, high);
      view.setInt32(at[row] + 8, low);
    }
  }
}

function requireStorage({ storage: wanted }: Codec, { storage }: Column): void {
  if (storage === wanted || (wanted === "text" && storage === "dictionary")) return;
  throw new TypeError(`a column is ${storage}, not ${wanted}`);
}

function microsSince2000(time: string): bigint {
  const text = time.replace("T", " ").replace(/Z$/, "");
  const micros = time.endsWith("Z") ? parseTimestamp(text) : undefined;
  if (micros === undefined) throw new RangeError(`${JSON.stringify(time)} is not a time in UTC`);
  return micros - POSTGRES_EPOCH_MICROS;
}
