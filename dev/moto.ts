/**
 * A stand-in for AWS, for tests: moto_server, from Python. It listens on 127.0.0.1 only, keeps
 * everything in memory, and never outlives the process that started it, however that one ends.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** A running moto_server. */
export interface Moto extends AsyncDisposable {
  /** Where all of its services are, as `AWS_ENDPOINT_URL` takes it. */
  readonly url: string;
  /** Stops it. What it held is gone. */
  stop(): Promise<void>;
}

/** How to start moto_server. */
export interface MotoOptions {
  /** Fill the gaps that Terraform's provider falls into, and honour policies: see dev/moto/gaps/. */
  readonly fillGaps?: boolean;
}

/** What to say when a test is skipped for want of it. */
export const MOTO_MISSING = "moto_server is not installed: pip install 'moto[server]'";

const START_TIMEOUT_MS = 60_000;
const WRAPPER = new URL("./moto/wrapper.sh", import.meta.url);
const GAPS = fileURLToPath(new URL("./moto/gaps", import.meta.url));
const READY = /Running on (http:\/\/127\.0\.0\.1:\d+)/;

/** Starts a moto_server on a free port: null when none is installed. */
export async function startMoto(options: MotoOptions = {}): Promise<Moto | null> {
  if (!await motoIsInstalled()) return null;
  const child = new Deno.Command("sh", {
    args: ["-c", await Deno.readTextFile(WRAPPER)],
    env: options.fillGaps ? { PYTHONPATH: GAPS } : {},
    // A group of its own, which the wrapper can kill. Ctrl-C on a terminal does not reach it.
    detached: true,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const stop = async () => {
    await child.stdin.close().catch(() => {}); // closed already
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

/** Asked only once: what is installed does not change while tests run. */
let installed: Promise<boolean> | undefined;

/** Whether there is a moto_server that startMoto() can start. */
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

/** A server whose log nobody reads blocks when the pipe is full. */
async function drain(log: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await log.read()).done);
}
