/**
 * Records a lake of the shop with the code of this commit, and what a warehouse then holds. Run it once
 * for each new format, with the code that first writes it: a recorded lake never changes.
 *
 *     deno run -A tests/lake/golden/record.ts tests/lake/golden/format-2
 *
 * @module
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import postgres from "postgres";
import { startPostgres } from "../../../dev/postgres.ts";
import { extract } from "../../../sdk/extract/extract.ts";
import type { IngestionCommit } from "../../../sdk/lake/commit.ts";
import { CommitLog } from "../../../sdk/lake/commit_log.ts";
import { fileStore } from "../../../sdk/lake/file_store.ts";
import { reconcile } from "../../../sdk/operate/compare/reconcile.ts";
import { run } from "../../../sdk/operate/run.ts";
import { contentsOf } from "./contents.ts";
import { DELETIONS, LOST, OPENING, shop, TRADE } from "./shop.ts";

/** Rows that a commit of the first load reads at most: the load takes two commits. */
const CHUNK_ROWS = 4;

async function record(folder: string): Promise<void> {
  await using server = await startPostgres();
  const [source, warehouse] = ["shop", "shop_warehouse"].map((name) => server.url(name));
  const admin = postgres(server.url("postgres"), { max: 1 });
  for (const name of ["shop", "shop_warehouse"]) await admin`CREATE DATABASE ${admin(name)}`;
  await admin.end();
  const [sql, result] = [source, warehouse].map((url) => postgres(url, { max: 1 }));
  const zone = (name: string) => fileStore(pathToFileURL(join(folder, name)));
  const pipeline = {
    source,
    warehouse,
    ingestion: zone("ingestion"),
    processed: zone("processed"),
    model: shop,
    chunkRows: CHUNK_ROWS,
  };
  await sql.unsafe(OPENING);
  await run(pipeline);
  await sql.unsafe(TRADE);
  await run(pipeline);
  await sql.unsafe(DELETIONS);
  await reconcile(pipeline);
  await sql.unsafe(LOST);
  await extract(pipeline);
  const damaged = await damage(
    join(folder, "ingestion"),
    new CommitLog(pipeline.ingestion, "ingestion"),
  );
  await extract({ ...pipeline, chunkRows: undefined, full: true });
  await run(pipeline);
  await Deno.writeFile(damaged.path, damaged.bytes);
  const contents = JSON.stringify(await contentsOf(result), null, 2);
  await Deno.writeTextFile(join(folder, "warehouse.json"), contents + "\n");
  await Promise.all([sql.end(), result.end()]);
  for (const name of ["ingestion", "processed"]) {
    await Deno.remove(join(folder, name, ".tmp"), { recursive: true });
  }
}

/** Empties an object of the newest commit. Returns what restores it. */
async function damage(zone: string, log: CommitLog<IngestionCommit>) {
  const { tables } = (await log.head())!;
  const path = join(zone, Object.values(tables)[0].key);
  const bytes = await Deno.readFile(path);
  await Deno.truncate(path, 0);
  return { path, bytes };
}

if (import.meta.main) await record(resolve(Deno.args[0]));
