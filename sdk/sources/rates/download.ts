import { FailedDownload } from "./failed_download.ts";
import { checkRedirect } from "./redirects.ts";

const MAX_REDIRECTS = 3;
/** 40 times the largest body that a provider is known to send. */
const MAX_BYTES = 2 ** 20;
const LONGEST_WAIT_MS = 10_000;

/** How a download is done. */
export interface DownloadOptions {
  /** Performs one request. */
  readonly fetch: typeof fetch;
  /** How often it is attempted. */
  readonly attempts: number;
  /** Milliseconds for one attempt, redirects and body included. */
  readonly timeoutMs: number;
  /** Milliseconds before the second attempt; twice as many before the third. */
  readonly retryDelayMs: number;
  /** Aborting it ends the download with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Returns the bytes at a URL, or null if the server has none (404, 410). What a retry can change is
 * retried: no answer, a server error, too many requests.
 *
 * @throws {FailedDownload}
 */
export async function download(url: URL, options: DownloadOptions): Promise<Uint8Array | null> {
  for (let attempt = 1;; attempt++) {
    try {
      return await attemptDownload(url, options);
    } catch (error) {
      options.signal.throwIfAborted();
      const failure = failureOf(error);
      if (failure.kind !== "unreachable" || attempt === options.attempts) throw failure;
      const delay = failure.retryAfterMs ?? options.retryDelayMs * 2 ** (attempt - 1);
      await sleep(Math.min(delay, LONGEST_WAIT_MS), options.signal);
    }
  }
}

async function attemptDownload(url: URL, options: DownloadOptions): Promise<Uint8Array | null> {
  const timeout = new AbortController();
  const late = new FailedDownload(
    "unreachable",
    `no full answer within ${options.timeoutMs / 1000} s`,
  );
  const timer = setTimeout(() => timeout.abort(late), options.timeoutMs);
  try {
    const signal = AbortSignal.any([options.signal, timeout.signal]);
    const response = await followRedirects(url, { fetch: options.fetch, signal });
    return await bodyOf(response);
  } catch (error) {
    throw timeout.signal.aborted ? late : error;
  } finally {
    clearTimeout(timer);
  }
}

async function followRedirects(
  url: URL,
  { fetch, signal }: Pick<DownloadOptions, "fetch" | "signal">,
): Promise<Response> {
  let target = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const headers = { accept: "application/json" };
    const response = await fetch(target, { headers, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (!isRedirect(response.status) || location === null) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, target)) throw new FailedDownload("rejected", "redirect to no URL");
    const next = new URL(location, target);
    checkRedirect(target, next);
    target = next;
  }
  throw new FailedDownload("rejected", `more than ${MAX_REDIRECTS} redirects`);
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

async function bodyOf(response: Response): Promise<Uint8Array | null> {
  const { status } = response;
  if (status === 200) return await readBody(response);
  await response.body?.cancel();
  if (status === 404 || status === 410) return null;
  const canChange = status >= 500 || [408, 425, 429].includes(status);
  const seconds = Number(response.headers.get("retry-after") ?? NaN);
  const kind = canChange ? "unreachable" : "rejected";
  throw new FailedDownload(kind, `HTTP ${status}`, seconds >= 0 ? seconds * 1000 : undefined);
}

async function readBody({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > MAX_BYTES) {
      throw new FailedDownload("unusable", "the body has more than 1 MiB");
    }
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function failureOf(error: unknown): FailedDownload {
  if (error instanceof FailedDownload) return error;
  const { message } = ((error as Error).cause ?? error) as Error;
  // Deno names the URL, which can hold a key, in front of the reason.
  const reason = String(message).split("): ").at(-1)!.replace(/\bhttps?:\S+/g, "").slice(0, 200);
  return new FailedDownload("unreachable", reason);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
