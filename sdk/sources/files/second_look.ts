import type { FileFolder, FileVersion } from "./folder.ts";

/** How long to wait until files are complete. */
export interface SettledOptions {
  /** Milliseconds without a change before a file is read. */
  readonly settle_ms: number;
  /** Stops the waiting. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until the youngest file has not changed for `settle_ms`, then returns a function that looks at a file
 * again: whether it still has the same version. Older files need no wait.
 */
export async function secondLook(
  folder: FileFolder,
  files: readonly FileVersion[],
  { settle_ms, signal }: SettledOptions,
): Promise<(file: FileVersion) => Promise<boolean>> {
  const youngest = files.reduce((last, { modified }) => Math.max(last, modified.getTime()), 0);
  const age_ms = Date.now() - youngest;
  // The folder's clock can be ahead: never wait longer than that.
  if (age_ms < settle_ms) await pause(Math.min(settle_ms, settle_ms - age_ms), signal);
  return async (file) => {
    const now = await folder.look(file.name);
    return now?.version === file.version && now.bytes === file.bytes;
  };
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener("abort", () => resolve(), { once: true });
  if (signal?.aborted) resolve();
  return promise.finally(() => clearTimeout(timer));
}
