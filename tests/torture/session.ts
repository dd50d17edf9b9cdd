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

/** What a session asks for. */
export interface SessionPort {
  /** The fate of a step. */
  next(step: string): Fault | undefined;
  /** Has another session cancel what a backend does, or end the backend. */
  signal(pid: number, how: "cancel" | "terminate"): Promise<boolean>;
}

const STALL_MS = 25;
const TIMEOUT_MS = 400;
/** A stream is cut at the latest after so many messages: of a row each, or of 64 KiB. */
const MESSAGES = { "copy out": 20, "copy in": 3 };

/** What is going to happen to the statement at hand. */
interface Armed {
  readonly fault: Fault;
  /** Messages of a stream still to pass. */
  left: number;
}

/** Passes messages between a client and the server, and lets faults strike. */
export class Session {
  readonly #client: Deno.TcpConn;
  readonly #address: { readonly hostname: string; readonly port: number };
  readonly #port: SessionPort;
  #server: Deno.TcpConn | undefined;
  /** The backend's process id, once the server has told it. */
  #pid: number | undefined;
  /** Strikes in what the server answers. */
  #answer: Armed | undefined;
  /** Strikes in the rows that the client copies into a table. */
  #copyIn: Armed | undefined;

  /** A session of a client that has connected. */
  constructor(
    client: Deno.TcpConn,
    address: { readonly hostname: string; readonly port: number },
    port: SessionPort,
  ) {
    this.#client = client;
    this.#address = address;
    this.#port = port;
  }

  /** Runs until either end hangs up. */
  async run(): Promise<void> {
    try {
      this.#server = await Deno.connect(this.#address);
      this.#server.setNoDelay();
      await Promise.race([this.#clientToServer(), this.#serverToClient()]);
    } catch {
      // Either end is gone, or was cut off here.
    } finally {
      this.cut();
    }
  }

  /** Hangs up on both ends. */
  cut(): void {
    for (const end of [this.#client, this.#server]) {
      try {
        end?.close();
      } catch {
        // Closed before.
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
        await this.#strike(step, fault, message);
      }
      await flush();
    }
  }

  /** Lets a fault strike at the message that asks for a step. */
  async #strike(step: string, fault: Fault, { bytes }: Message): Promise<void> {
    const { kind, extent } = fault;
    this.#answer = undefined;
    switch (kind) {
      case "stall":
        fault.strike();
        await pause(extent * STALL_MS);
        break;
      case "time out":
        // The server gets the statement, the client never hears of it.
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
        const armed = { fault, left: Math.floor(extent * most) };
        if (step === "copy in") this.#copyIn = armed;
        else this.#answer = armed;
      }
    }
    await write(this.#server!, bytes);
  }

  async #signal(fault: Fault): Promise<void> {
    if (this.#pid === undefined) return;
    if (fault.kind === "terminated") {
      if (await this.#port.signal(this.#pid, "terminate")) fault.strike();
    } else {
      // Counted when the server says so: what is over cannot be cancelled.
      this.#answer = { fault, left: Infinity };
      await this.#port.signal(this.#pid, "cancel");
    }
  }

  /** Cuts a COPY into a table in a row, or makes its acknowledgement get lost. */
  async #strikeCopyIn(
    { type, bytes }: Message,
    writePart: (part: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const armed = this.#copyIn;
    if (!armed || (type !== "d" && type !== "c")) return;
    if (armed.fault.kind === "cut mid-stream" && (type === "c" || armed.left-- <= 0)) {
      await writePart(halfOf(bytes));
      this.#cutBy(armed.fault);
    }
    if (type === "c") {
      this.#copyIn = undefined;
      this.#answer = armed;
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

  /** What the client gets of an answer: all of it, a part before the cut, or nothing. */
  #strikeAnswer(message: Message): Uint8Array | undefined {
    const { type, bytes } = message;
    const armed = this.#answer;
    switch (armed?.fault.kind) {
      case undefined:
        return bytes;
      case "cancelled":
        if (saysCancelled(message)) armed!.fault.strike();
        return bytes;
      case "cut mid-stream":
        return type === "c" || (type === "d" && armed!.left-- <= 0) ? halfOf(bytes) : bytes;
      case "time out":
        return undefined;
      case "cut during login":
        return this.#cutBy(armed!.fault);
      default:
        // The server has done it, and says that it is ready for more.
        return type === "Z" ? this.#cutBy(armed!.fault) : undefined;
    }
  }

  #cutBy(fault: Fault): never {
    fault.strike();
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
