/**
 * Interruption by a signal. A running program is interrupted as well and waited for: Terraform leaves its
 * state locked when it is killed.
 *
 * @module
 */
import { EtlError } from "../sdk/errors.ts";

const controller = new AbortController();

/** Aborted by the first signal. */
export const interruption: AbortSignal = controller.signal;

/** Makes signals abort {@linkcode interruption} instead of ending this process. */
export function handleSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, interrupt);
  }
}

function interrupt(): void {
  if (interruption.aborted) return;
  console.error("interrupted: waiting for the current step to stop, which can take a minute");
  const next = "deno task deploy: it continues from there";
  controller.abort(new EtlError("interrupted", { stage: "deploy", next }));
}

/** Returns the promise's result. @throws the interruption, if that comes first. */
export async function abortable<T>(work: Promise<T>): Promise<T> {
  interruption.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(interruption.reason);
  interruption.addEventListener("abort", stop);
  return await Promise.race([work, promise]).finally(() =>
    interruption.removeEventListener("abort", stop)
  );
}
