/**
 * Messages of Postgres's wire protocol, and the steps of the pipeline in them.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 * @module
 */

/** A complete message. */
export interface Message {
  /** Its type, a letter; empty for the first message of a connection. */
  readonly type: string;
  /** Its bytes. */
  readonly bytes: Uint8Array;
}

/** Assembles messages from the bytes of one direction of a connection. */
export class MessageReader {
  #pending = new Uint8Array();
  /** Bytes of the type: the client's first message has none. */
  #typed: 0 | 1;

  /** A reader for one end of a new connection. */
  constructor(end: "client" | "server") {
    this.#typed = end === "client" ? 0 : 1;
  }

  /** Returns the messages that a chunk completes. */
  *read(chunk: Uint8Array): Generator<Message> {
    this.#pending = joined([this.#pending, chunk]);
    while (this.#pending.length >= this.#typed + 4) {
      const end = this.#typed + int32(this.#pending, this.#typed);
      if (this.#pending.length < end) return;
      const type = this.#typed === 0 ? "" : String.fromCharCode(this.#pending[0]);
      const bytes = this.#pending.subarray(0, end);
      this.#pending = this.#pending.subarray(end);
      this.#typed = 1;
      yield { type, bytes };
    }
  }
}

/** Joins arrays. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Returns the integer at an offset of a message. */
export function int32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at);
}

/** Offset of a message's text, after its type and length. */
const TEXT = 5;

/**
 * Recognises the steps that a client takes. A step starts at the message that makes the server respond:
 * a Query, or the Sync after a Parse, which the client sends once the Parse was answered.
 */
export class StepReader {
  #parsed: string | undefined;

  /** Returns the step that this message requests, if any. */
  read(message: Message): string | undefined {
    switch (message.type) {
      case "":
        return "connect";
      case "Q":
        return stepOf(text(message.bytes, TEXT));
      case "P":
        // The prepared statement's name comes first.
        this.#parsed = stepOf(text(message.bytes, message.bytes.indexOf(0, TEXT) + 1));
        return undefined;
      case "S":
        return this.#parsed;
    }
  }
}

/** Returns the pipeline's step for a statement. */
function stepOf(sql: string): string {
  if (/^COPY\b[^]*\bTO STDOUT$/.test(sql)) return "copy out";
  if (/^COPY\b[^]*\bFROM STDIN\b/.test(sql)) return "copy in";
  if (/\bON CONFLICT\b/.test(sql)) return "merge";
  return /^COMMIT\b/.test(sql) ? "COMMIT" : "query";
}

function text(bytes: Uint8Array, start: number): string {
  return new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start)));
}

/** Returns whether a response reports that its statement was cancelled. */
export function saysCancelled({ type, bytes }: Message): boolean {
  return type === "E" && new TextDecoder().decode(bytes).includes("\0C57014\0");
}
