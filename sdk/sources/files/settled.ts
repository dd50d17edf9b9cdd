import type { FileFolder, FileVersion } from "./folder.ts";

/** How files are known to be complete. */
export interface SettledOptions {
  /** A file is read when it has not changed for so long. */
  readonly settle_ms: number;
  /** Stops the waiting. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until the youngest file can be complete, then returns a second look at a file: whether it is still what
 * it was. Files that no longer change cost no time.
 */
export async function secondLook(
  folder: FileFolder,
  files: readonly FileVersion[],
  { settle_ms, signal }: SettledOptions,
): Promise<(file: FileVersion) => Promise<boolean>> {
  const youngest = files.reduce((last, { modified }) => Math.max(last, modified.getTime()), 0);
  const age_ms = Date.now() - youngest;
  // By the folder's clock it can be from the future.
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
