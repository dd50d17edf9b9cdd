/**
 * One client's connection through a faulty Postgres.
 *
 * @module
 */
import { type Fault, pause } from "./faults.ts";
import {
  int32,
  joined,
  type Message,
  MessageReader,
  saysCancelled,
  StepReader,
} from "./messages.ts";

/** What a session needs. */
export interface SessionPort {
  /** Draws the fault of a step. */
  next(step: string): Fault | undefined;
  /** Has another session cancel a backend's query or terminate the backend. */
  signal(pid: number, how: "cancel" | "terminate"): Promise<boolean>;
}

const STALL_MS = 25;
const TIMEOUT_MS = 400;
/** A stream is cut after at most this many messages of a row or 64 KiB each. */
const MESSAGES = { "copy out": 20, "copy in": 3 };

/** The fault planned for the current statement. */
interface PendingFault {
  readonly fault: Fault;
  /** Messages of a stream that still pass. */
  left: number;
}

/** Forwards messages between a client and the server, and injects faults. */
export class Session {
  readonly #client: Deno.TcpConn;
  readonly #address: { readonly hostname: string; readonly port: number };
  readonly #port: SessionPort;
  #server: Deno.TcpConn | undefined;
  /** The backend's process id, once the server has sent it. */
  #pid: number | undefined;
  /** The fault for the server's response. */
  #answer: PendingFault | undefined;
  /** The fault for the rows that the client copies into a table. */
  #copyIn: PendingFault | undefined;

  /** A session for a connected client. */
  constructor(
    client: Deno.TcpConn,
    address: { readonly hostname: string; readonly port: number },
    port: SessionPort,
  ) {
    this.#client = client;
    this.#address = address;
    this.#port = port;
  }

  /** Runs until either end closes the connection. */
  async run(): Promise<void> {
    try {
      this.#server = await Deno.connect(this.#address);
      this.#server.setNoDelay();
      await Promise.race([this.#clientToServer(), this.#serverToClient()]);
    } catch {
      // Either end closed the connection, or it was cut here.
    } finally {
      this.cut();
    }
  }

  /** Closes both connections. */
  cut(): void {
    for (const end of [this.#client, this.#server]) {
      try {
        end?.close();
      } catch {
        // Already closed.
      }
    }
  }

  async #clientToServer(): Promise<void> {
    const reader = new MessageReader("client");
    const steps = new StepReader();
    for await (const chunk of chunksOf(this.#client)) {
      let waiting: Uint8Array[] = [];
      const flush = async () => {
        await write(this.#server!, joined(waiting));
        waiting = [];
      };
      for (const message of reader.read(chunk)) {
        waiting.push(message.bytes);
        await this.#strikeCopyIn(message, async (part) => {
          waiting.pop();
          await flush();
          await write(this.#server!, part);
        });
        const step = steps.read(message);
        const fault = step && this.#port.next(step);
        if (!fault) continue;
        waiting.pop();
        await flush();
        await this.#apply(step, fault, message);
      }
      await flush();
    }
  }

  /** Applies a fault to the message that requests a step. */
  async #apply(step: string, fault: Fault, { bytes }: Message): Promise<void> {
    const { kind, extent } = fault;
    this.#answer = undefined;
    switch (kind) {
      case "stall":
        fault.record();
        await pause(extent * STALL_MS);
        break;
      case "time out":
        // The server receives the statement, but the client never gets the response.
        this.#answer = { fault, left: Infinity };
        await write(this.#server!, bytes);
        await pause(TIMEOUT_MS);
        return this.#cutBy(fault);
      case "cut before":
      case "refused":
        return this.#cutBy(fault);
      case "cancelled":
      case "terminated":
        await write(this.#server!, bytes);
        return await this.#signal(fault);
      default: {
        const most = MESSAGES[step === "copy in" ? step : "copy out"];
        const pending = { fault, left: Math.floor(extent * most) };
        if (step === "copy in") this.#copyIn = pending;
        else this.#answer = pending;
      }
    }
    await write(this.#server!, bytes);
  }

  async #signal(fault: Fault): Promise<void> {
    if (this.#pid === undefined) return;
    if (fault.kind === "terminated") {
      if (await this.#port.signal(this.#pid, "terminate")) fault.record();
    } else {
      // Counted when the server confirms it: a finished statement cannot be cancelled.
      this.#answer = { fault, left: Infinity };
      await this.#port.signal(this.#pid, "cancel");
    }
  }

  /** Cuts a COPY into a table within a row, or loses its acknowledgement. */
  async #strikeCopyIn(
    { type, bytes }: Message,
    writePart: (part: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const pending = this.#copyIn;
    if (!pending || (type !== "d" && type !== "c")) return;
    if (pending.fault.kind === "cut mid-stream" && (type === "c" || pending.left-- <= 0)) {
      await writePart(halfOf(bytes));
      this.#cutBy(pending.fault);
    }
    if (type === "c") {
      this.#copyIn = undefined;
      this.#answer = pending;
    }
  }

  async #serverToClient(): Promise<void> {
    const reader = new MessageReader("server");
    for await (const chunk of chunksOf(this.#server!)) {
      const passed: Uint8Array[] = [];
      for (const message of reader.read(chunk)) {
        if (message.type === "K") this.#pid = int32(message.bytes, 5);
        const part = this.#strikeAnswer(message);
        if (part) passed.push(part);
        if (part && part.length < message.bytes.length) {
          await write(this.#client, joined(passed));
          this.#cutBy(this.#answer!.fault);
        }
      }
      await write(this.#client, joined(passed));
    }
  }

  /** Returns what the client receives: the full response, a part of it, or nothing. */
  #strikeAnswer(message: Message): Uint8Array | undefined {
    const { type, bytes } = message;
    const pending = this.#answer;
    switch (pending?.fault.kind) {
      case undefined:
        return bytes;
      case "cancelled":
        if (saysCancelled(message)) pending!.fault.record();
        return bytes;
      case "cut mid-stream":
        return type === "c" || (type === "d" && pending!.left-- <= 0) ? halfOf(bytes) : bytes;
      case "time out":
        return undefined;
      case "cut during login":
        return this.#cutBy(pending!.fault);
      default:
        // The server has done it and reports that it is ready.
        return type === "Z" ? this.#cutBy(pending!.fault) : undefined;
    }
  }

  #cutBy(fault: Fault): never {
    fault.record();
    this.cut();
    throw new Error(fault.kind);
  }
}

function halfOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

async function* chunksOf(connection: Deno.TcpConn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return;
    yield buffer.slice(0, length);
  }
}

async function write(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}
