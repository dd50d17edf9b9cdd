import { DATABASE } from "../../derive/source_model.ts";
import type { ProcessedCommit } from "../../lake/commit.ts";
import { load, type LoadOptions, type LoadResult } from "../../load/load.ts";
import { keepConnections } from "../../postgres/kept_connections.ts";
import { listenerOfRun } from "../../progress.ts";
import type { ReplayPlan } from "./plan.ts";

/** The options of {@linkcode loadInOrder}. */
type Options = Pick<LoadOptions, "processed" | "warehouse" | "model" | "onProgress">;

/** A source with commits to load. */
interface Pending {
  readonly plan: ReplayPlan;
  /** The first of them. */
  readonly next: ProcessedCommit;
}

/**
 * Loads the commits of every source in the order of their snapshots, as the live pipeline did: a row that
 * waited for one of another source waits again. Returns the result of each source that has commits, and of
 * the database.
 */
export async function loadInOrder(
  plans: readonly ReplayPlan[],
  { onProgress, ...rest }: Options,
): Promise<Map<string, LoadResult>> {
  await using _ = keepConnections();
  const options = { ...rest, onProgress: listenerOfRun(onProgress) };
  const results = new Map<string, LoadResult>();
  const loadSource = async (
    sourceName: string,
    range: Pick<LoadOptions, "from" | "until"> = {},
  ) => {
    const result = await load({ ...options, ...range, sourceName });
    results.set(sourceName, added(results.get(sourceName), result));
    return result;
  };
  const first = plans.map((plan) =>
    pendingAfter(plan, plan.target?.sequence ?? (plan.loadFrom ?? 1) - 1)
  );
  const pending = (await Promise.all(first)).flat();
  while (pending.length > 0) {
    const [{ plan }, other] = pending.sort(bySnapshot);
    const range = { from: plan.loadFrom, until: other?.next.taken_at };
    const { sequence } = await loadSource(plan.source, range);
    pending.splice(0, 1, ...await pendingAfter(plan, sequence));
  }
  await loadSource(DATABASE); // creates its tables, and tells what is in quarantine at the end
  return results;
}

async function pendingAfter(plan: ReplayPlan, sequence: number): Promise<Pending[]> {
  const next = await plan.zone.log.find(sequence + 1);
  return next ? [{ plan, next }] : [];
}

function bySnapshot({ next: a }: Pending, { next: b }: Pending): number {
  return a.taken_at < b.taken_at ? -1 : a.taken_at > b.taken_at ? 1 : 0;
}

function added(before: LoadResult | undefined, result: LoadResult): LoadResult {
  if (!before) return result;
  const commits = [...before.commits, ...result.commits];
  return { ...result, commits, skipped: [...before.skipped, ...result.skipped] };
}
