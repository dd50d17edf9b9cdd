/**
 * Records what a command did in the warehouse, where dashboards show it. A record that fails is a warning: the
 * command itself has done its work.
 *
 * @module
 */
import type { AlertScope, RunFacts, RunRecord, VerifyResult } from "../../sdk/mod.ts";

/** Where a command is recorded. */
export interface Recording {
  /** The warehouse's URL. */
  readonly warehouse: string;
  /** Receives why the record failed. */
  readonly onWarning: (message: string) => void;
}

/** A warehouse that does not answer must not hold up a command for longer. */
const TIMEOUT_MS = 5_000;

/**
 * Does the work of a job, and records how it went. `work` is given what receives the run's id; `factsOf` says
 * what its result means.
 *
 * @throws the error of the work.
 */
export async function recorded<Result>(
  job: AlertScope,
  recording: Recording,
  work: (onStart: (run: string) => void) => Promise<Result>,
  factsOf: (result: Result, started_at: Date) => RunFacts,
): Promise<Result> {
  const { keepConnections } = await import("../../sdk/postgres/kept_connections.ts");
  // The record uses the connection of the work.
  await using _ = keepConnections();
  const started_at = new Date();
  const started = performance.now();
  let run: string | undefined;
  const record = (facts: RunFacts & Pick<RunRecord, "failure">): RunRecord => ({
    job,
    started_at,
    elapsed_ms: Math.round(performance.now() - started),
    run,
    ...facts,
  });
  try {
    const result = await work((id) => run = id);
    await recordInTime(recording, record(factsOf(result, started_at)));
    return result;
  } catch (error) {
    const { runFailure } = await import("../alerting/run_failure.ts");
    const failure = runFailure(error, { job, run });
    // The failure itself is reported.
    const silent = { ...recording, onWarning: () => {} };
    await recordInTime(silent, record({ outcome: "failed", failure }));
    throw error;
  }
}

async function recordInTime(recording: Recording, run: RunRecord): Promise<void> {
  await inTime(recording, "the run is not in the history", async () => {
    const { recordRun } = await import("../../sdk/operate/run_history.ts");
    await recordRun(recording, run);
  });
}

/** Records the result of a verification. */
export async function recordProof(recording: Recording, result: VerifyResult): Promise<void> {
  await inTime(recording, "the verification is not recorded", async () => {
    const { recordVerification } = await import("../../sdk/operate/verifications.ts");
    await recordVerification(recording, result);
  });
}

async function inTime(
  { onWarning }: Recording,
  what: string,
  record: () => Promise<void>,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error("the warehouse does not answer")),
    TIMEOUT_MS,
  );
  const recording = record();
  recording.catch(() => {}); // it can fail after the timeout
  try {
    await Promise.race([recording, late.promise]);
  } catch (error) {
    onWarning(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    clearTimeout(timer);
  }
}
