/**
 * Compares source, lake and warehouse row by row after a storm.
 *
 * @module
 */
import { openStore, reconcile, run, verify } from "../../sdk/mod.ts";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import type { Sandbox } from "../../dev/sandbox.ts";
import type { Check } from "./check.ts";
import { checkLake } from "./lake_checks.ts";
import { checkCounts, checkReplay, checkVersions } from "./warehouse_checks.ts";

/** Brings the warehouse up to date without faults, as the next tick would. */
export async function syncWithoutFaults(sandbox: Sandbox): Promise<void> {
  const pipeline = pipelineOf(sandbox);
  await run(pipeline);
  await reconcile(pipeline);
}

/** Compares source, lake and warehouse in every way. Nothing must write to the source meanwhile. */
export async function check(sandbox: Sandbox): Promise<Check[]> {
  const { source, warehouse, ingestion, processed } = pipelineOf(sandbox);
  const idle = await checkConnections(warehouse);
  const { tables } = await verify({ source, warehouse });
  const current: Check = {
    what: "rows of the source, in the warehouse",
    compared: tables.reduce((sum, { source_rows }) => sum + source_rows, 0),
    differences: tables.flatMap(({ table, differences, examples }) =>
      Array.from({ length: differences }, (_, place) => {
        const { kind, key, columns } = examples[place] ?? { kind: "differs", key: "", columns: [] };
        return `${table} ${key} ${kind} ${columns.join(", ")}`.trim();
      })
    ),
  };
  await using connection = connect(warehouse);
  return [
    idle,
    current,
    await checkReplay(processed, connection, () => sandbox.postgres.createDatabase(replayName())),
    ...await checkVersions(connection),
    await checkCounts(connection),
    await checkMissed(connection),
    await checkLake(ingestion, "ingestion"),
    await checkLake(processed, "processed"),
  ];
}

function pipelineOf({ environment }: Sandbox) {
  const { SOURCE_URL, WAREHOUSE_URL, INGESTION_URL, PROCESSED_URL } = environment;
  return {
    source: SOURCE_URL,
    warehouse: WAREHOUSE_URL,
    ingestion: openStore(INGESTION_URL),
    processed: openStore(PROCESSED_URL),
  };
}

function replayName(): string {
  return `replay_${crypto.randomUUID().slice(0, 8)}`;
}

/** No reconciliation must ever have found a row that every extraction missed. */
async function checkMissed(warehouse: Connection): Promise<Check> {
  const rows = await warehouse.query<{ missed: string }>(
    "SELECT missed::text AS missed FROM etl.reconciliation ORDER BY done_at",
  );
  const found = rows.map(({ missed }) => missed).filter((missed) => missed !== "{}");
  return {
    what: "reconciliations, for rows that deltas missed",
    compared: rows.length,
    differences: found.map((missed) => `missed: ${missed}`),
  };
}

/**
 * The pipeline's processes have ended, so their connections, which can hold locks, must be closed.
 */
async function checkConnections(url: string): Promise<Check> {
  await using connection = connect(url);
  const rows = await connection.query<{ connection: string }>(
    `SELECT datname || ': ' || state || ': ' || query AS connection FROM pg_stat_activity
WHERE application_name = 'totesys-etl' AND pid <> pg_backend_pid()`,
  );
  return {
    what: "connections that stayed open",
    compared: rows.length,
    differences: rows.map(({ connection }) => connection),
  };
}
