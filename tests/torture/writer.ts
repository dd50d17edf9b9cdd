/**
 * Changes the source during a storm, deletes included, until standard input closes. A separate
 * process, because it dies with Postgres.
 *
 * @module
 */
import postgres from "postgres";
import { act } from "../../dev/simulator/act.ts";
import { startActivity } from "../../dev/simulator/activity.ts";
import { untilStopped } from "./child.ts";
import { pause, stream } from "./faults.ts";

const EVENTS_PER_SECOND = 30;
const BETWEEN_DELETIONS_MS = 1500;

async function write(url: string, seeds: readonly number[]): Promise<void> {
  const random = stream("deletions", ...seeds);
  const seed = stream("activity", ...seeds).int(0, 0xffffffff);
  await using _activity = startActivity(url, { seed, per_second: EVENTS_PER_SECOND });
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  let stopping = false;
  const stopped = untilStopped().then(() => stopping = true);
  while (!stopping) {
    await act(sql, random, "deletion");
    await Promise.race([pause(BETWEEN_DELETIONS_MS), stopped]);
  }
  await sql.end();
}

if (import.meta.main) await write(Deno.env.get("SOURCE_URL")!, Deno.args.map(Number));
