/**
 * Starts moto_server, a Python program that emulates AWS, for tests. It listens on 127.0.0.1 only,
 * keeps everything in memory and stops with the process that started it, even after `kill -9`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** A running moto_server. */
export interface Moto extends AsyncDisposable {
  /** The URL of all its services, for `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Stops it and discards its data. */
  stop(): Promise<void>;
}

/** How to start moto_server. */
export interface MotoOptions {
  /** Adds what Terraform's provider needs and enforces policies: see dev/moto/gaps/. */
  readonly fillGaps?: boolean;
}

/** Why a test is skipped when it is not installed. */
export const MOTO_MISSING = "moto_server is not installed: pip install 'moto[server]'";

const START_TIMEOUT_MS = 60_000;
const WRAPPER = new URL("./moto/wrapper.sh", import.meta.url);
const GAPS = fileURLToPath(new URL("./moto/gaps", import.meta.url));
const READY = /Running on (http:\/\/127\.0\.0\.1:\d+)/;

/** Starts a moto_server on a free port. Returns null when it is not installed. */
export async function startMoto(options: MotoOptions = {}): Promise<Moto | null> {
  if (!await motoIsInstalled()) return null;
  const child = new Deno.Command("sh", {
    args: ["-c", await Deno.readTextFile(WRAPPER)],
    env: options.fillGaps ? { PYTHONPATH: GAPS } : {},
    // In its own process group, which the wrapper can kill and Ctrl-C on a terminal does not reach.
    detached: true,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const stop = async () => {
    await child.stdin.close().catch(() => {}); // already closed
    await child.status;
    await log.cancel();
  };
  const timer = setTimeout(stop, START_TIMEOUT_MS);
  try {
    const url = await urlIn(log);
    void drain(log);
    return { url, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Cached: installed programs do not change while tests run. */
let installed: Promise<boolean> | undefined;

/** Returns whether startMoto() finds a moto_server. */
export function motoIsInstalled(): Promise<boolean> {
  return installed ??= new Deno.Command("sh", {
    args: ["-c", "command -v moto_server"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output().then(({ success }) => success);
}

/** Reads the log until it names the address. */
async function urlIn(log: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = "";
  while (true) {
    const { value, done } = await log.read();
    if (done) throw new Error(`moto_server did not start:\n${text.trim()}`);
    text += value;
    const url = READY.exec(text)?.[1];
    if (url !== undefined) return url;
  }
}

/** Keeps reading the log: the server would block on a full pipe. */
async function drain(log: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await log.read()).done);
}
