import { StoppedError } from "../errors.ts";

/** @throws {StoppedError} when that is why a signal was aborted. */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.reason instanceof StoppedError) throw signal.reason;
}
