import type postgres from "postgres";
import type { PipelineOptions } from "../../sdk/options.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { createSource, insertOneOfEach } from "../support/source.ts";
import { withTimeout } from "../support/with_timeout.ts";

/** The pipeline of a test. */
export interface TestPipeline extends PipelineOptions {
  /** Connections to the source. */
  readonly sourceSql: postgres.Sql;
  /** Connections to the warehouse. */
  readonly sql: postgres.Sql;
}

const TIMEOUT_MS = 180_000;

/**
 * Registers a test with one row per source table, an empty lake and an empty warehouse. `register` is
 * `slowTest` for one that takes long.
 */
export function test(
  name: string,
  body: (pipeline: TestPipeline) => Promise<void>,
  register: (name: string, body: () => Promise<void>) => void = Deno.test,
): void {
  register(name, async () => {
    await using source = await testDatabase("totesys");
    await using warehouse = await testDatabase("warehouse");
    await using lake = await testLake();
    await createSource(source.sql);
    await insertOneOfEach(source.sql);
    const pipeline = {
      source: source.url,
      sourceSql: source.sql,
      warehouse: warehouse.url,
      sql: warehouse.sql,
      ingestion: lake.ingestion,
      processed: lake.processed,
    };
    await withTimeout(TIMEOUT_MS, body(pipeline));
  });
}

/** Returns the settings of the command line for a pipeline. */
export function settingsOf(pipeline: PipelineOptions): Record<string, string> {
  return {
    SOURCE_URL: pipeline.source,
    WAREHOUSE_URL: pipeline.warehouse,
    INGESTION_URL: pipeline.ingestion.url,
    PROCESSED_URL: pipeline.processed.url,
  };
}
