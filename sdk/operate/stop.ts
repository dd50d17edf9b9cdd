import { StoppedError } from "../errors.ts";

/**
 * Does nothing unless the signal was aborted with a `StoppedError`.
 *
 * @throws {StoppedError} the reason of the signal.
 */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.reason instanceof StoppedError) throw signal.reason;
}
