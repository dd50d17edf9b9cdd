/**
 * Somebody asks a deployment to end. What is under way is asked in turn, and waited for: Terraform that
 * is cut off leaves its state locked.
 *
 * @module
 */
import { EtlError } from "../sdk/errors.ts";

const asked = new AbortController();

/** Aborted when this process was asked to end. */
export const interruption: AbortSignal = asked.signal;

/** From here on signals no longer end this process, but abort {@linkcode interruption}. */
export function heedSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, interrupt);
  }
}

function interrupt(): void {
  if (interruption.aborted) return;
  console.error("interrupted: what is under way ends in order, which may take a minute");
  const next = "deno task deploy: it goes on from there";
  asked.abort(new EtlError("interrupted", { stage: "deploy", next }));
}

/** The outcome, or the interruption if that comes first. */
export async function unlessInterrupted<T>(work: Promise<T>): Promise<T> {
  interruption.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(interruption.reason);
  interruption.addEventListener("abort", stop);
  return await Promise.race([work, promise]).finally(() =>
    interruption.removeEventListener("abort", stop)
  );
}
