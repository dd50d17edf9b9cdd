/**
 * Takes the rows of a `COPY … TO STDOUT` off the socket before postgres.js sees them, because it makes a
 * stream's chunk of every row; and the response to a `COPY … FROM STDIN`, because it would send the rows
 * itself. All other messages pass.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 * @module
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { CopiedRows } from "./copied_rows.ts";

/** The types of the messages that concern a COPY. */
const [COPY_DATA, COPY_DONE, COPY_OUT_RESPONSE, COPY_IN_RESPONSE] = [..."dcHG"]
  .map((type) => type.charCodeAt(0));
/** A message starts with its type and its length, which counts itself. */
const [HEADER_BYTES, LENGTH_BYTES] = [5, 4];

/** Reads the messages that a socket receives. */
export class CopyTap {
  readonly #socket: Socket;
  readonly #pass: (data: Uint8Array) => void;
  /** Where rows go. Null until there is a COPY. */
  #rows: CopiedRows | null = null;
  /** Type of the current message. */
  #type = 0;
  /** Bytes of the current message that have not arrived. */
  #left = 0;
  readonly #onCopyIn: () => void;
  /** The start of a header that was cut. */
  #held: Buffer | null = null;

  /**
   * Comes between a socket and the listeners to its data. `onCopyIn` is called when the server is ready
   * for the rows of a `COPY … FROM STDIN`.
   */
  constructor(socket: Socket, onCopyIn = () => {}) {
    this.#socket = socket;
    this.#onCopyIn = onCopyIn;
    const emit = socket.emit.bind(socket) as (event: string, ...values: unknown[]) => boolean;
    this.#pass = (data) => void emit("data", data);
    socket.emit = (event: string, ...values: unknown[]) => {
      if (event !== "data") return emit(event, ...values);
      this.#receive(values[0] as Buffer);
      return true;
    };
  }

  /** Returns the rows of the COPY whose response was just passed. */
  open(): CopiedRows {
    return this.#rows = new CopiedRows(this.#socket);
  }

  #receive(received: Buffer): void {
    const data = this.#held ? Buffer.concat([this.#held, received]) : received;
    let passed = 0;
    let i = 0;
    // Rows are moved together where they are, and taken at once: most are short, and copying them one
    // by one is slow.
    let [start, end] = [0, 0];
    const take = () => {
      if (end > start) this.#rows!.add(data.subarray(start, end));
      start = end = i;
    };
    for (;;) {
      const next = Math.min(i + this.#left, data.length);
      this.#left -= next - i;
      if (this.#isRow()) {
        data.copyWithin(end, i, next);
        end += next - i;
        passed = next;
      }
      i = next;
      if (this.#type === COPY_IN_RESPONSE) passed = this.#takeCopyInResponse(i);
      // postgres.js has to see the response before the first row.
      if (this.#type === COPY_OUT_RESPONSE) passed = this.#passOn(data, passed, i);
      if (data.length - i < HEADER_BYTES) break;
      this.#type = data[i];
      this.#left = Math.max(data.readUInt32BE(i + 1) - LENGTH_BYTES, 0);
      if (!this.#isRow()) {
        take();
        if (this.#type === COPY_DONE) this.#finish();
        if (this.#type === COPY_IN_RESPONSE) this.#passOn(data, passed, i);
        i += HEADER_BYTES;
        continue;
      }
      this.#passOn(data, passed, i);
      passed = i += HEADER_BYTES;
      if (start === end) start = end = i;
      if (this.#rows!.reserve(this.#left)) continue;
      take();
      this.#rows!.startChunk(this.#left);
    }
    take();
    this.#passOn(data, passed, i);
    this.#held = i < data.length ? Buffer.from(data.subarray(i)) : null;
  }

  /** Returns the place up to which the response was taken. */
  #takeCopyInResponse(to: number): number {
    if (this.#left === 0) {
      this.#type = 0;
      this.#onCopyIn();
    }
    return to;
  }

  #finish(): void {
    this.#rows?.finish();
    this.#rows = null;
  }

  #isRow(): boolean {
    return this.#type === COPY_DATA && this.#rows !== null;
  }

  /** Passes a copy on: the socket reads into the same memory again. */
  #passOn(data: Buffer, from: number, to: number): number {
    if (to > from) this.#pass(Buffer.from(data.subarray(from, to)));
    return to;
  }
}
