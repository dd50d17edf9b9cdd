/** Lakes that earlier code has written must be read for ever. */
import { assert, assertEquals } from "@std/assert";
import type { IngestionCommit, ProcessedCommit } from "../../sdk/lake/commit.ts";
import { CommitLog } from "../../sdk/lake/commit_log.ts";
import { findDamage } from "../../sdk/lake/find_damage.ts";
import { fileStore } from "../../sdk/lake/file_store.ts";
import { commitKey } from "../../sdk/lake/keys.ts";
import { readAll } from "../../sdk/lake/store.ts";
import { FORMAT } from "../../sdk/lake/upgrades/upgrades.ts";
import { load } from "../../sdk/load/load.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { contentsOf } from "./golden/contents.ts";
import { shop } from "./golden/shop.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const GOLDEN = new URL("golden/", import.meta.url);
const FORMATS = Array.from({ length: FORMAT }, (_, place) => place + 1);
const COMMITS = 6;

const lakeOf = (format: number) => new URL(`format-${format}/`, GOLDEN);
const zoneOf = (format: number, zone: string) => fileStore(new URL(zone, lakeOf(format)));

/** The commits of a recorded log as they are on disk, without their checksum. */
async function written(format: number, zone: string): Promise<Record<string, unknown>[]> {
  return await Promise.all(Array.from({ length: COMMITS }, async (_, place) => {
    const bytes = await readAll(zoneOf(format, zone), commitKey(place + 1));
    const { sha256: _sha256, ...commit } = JSON.parse(new TextDecoder().decode(bytes));
    return commit;
  }));
}

async function warehouseOf(format: number): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(new URL("warehouse.json", lakeOf(format))));
}

Deno.test("every format has a recorded lake", async () => {
  const folders = await Array.fromAsync(Deno.readDir(GOLDEN), ({ name }) => name);
  const recorded = folders.filter((name) => name.startsWith("format-")).sort();
  assertEquals(recorded, FORMATS.map((format) => `format-${format}`));
  for (const format of FORMATS) {
    for (const zone of ["ingestion", "processed"]) {
      const commits = await written(format, zone);
      assertEquals(new Set(commits.map((commit) => commit.format)), new Set([format]));
    }
  }
});

for (const format of FORMATS) {
  Deno.test(`every commit and object of the recorded lake of format ${format} is read`, async () => {
    for (const zone of ["ingestion", "processed"] as const) {
      const store = zoneOf(format, zone);
      const log = new CommitLog<IngestionCommit | ProcessedCommit>(store, zone);
      const commits = await Array.fromAsync(log.after(0));
      const expected = (await written(format, zone)).map((commit) => ({
        ...format < 2 ? { keys: {} } : {},
        ...commit,
        format: FORMAT,
      }));
      assertEquals(commits as unknown[], expected);
      assertEquals((await log.head())?.sequence, COMMITS);
      for (const commit of commits) assertEquals(await findDamage(store, commit), undefined);
    }
  });

  Deno.test(`the recorded lake of format ${format} gives the warehouse that it gave then`, async () => {
    await using database = await testDatabase("warehouse");
    const options = { warehouse: database.url, model: shop };
    await load({ ...options, processed: zoneOf(format, "processed") });
    assertEquals(await contentsOf(database.sql), await warehouseOf(format));
  });

  Deno.test(`the recorded ingestion zone of format ${format} gives the same warehouse again`, async () => {
    await using database = await testDatabase("warehouse");
    await using lake = await testLake();
    const ingestion = zoneOf(format, "ingestion");
    const { processed } = lake;
    await transform({ ingestion, processed, model: shop });
    await load({ processed, warehouse: database.url, model: shop });
    assertEquals(await contentsOf(database.sql), await warehouseOf(format));
  });

  Deno.test(`a log of format ${format} continues in today's format`, async () => {
    await using folder = await temporaryFolder();
    const store = fileStore(folder.url);
    const recorded = zoneOf(format, "ingestion");
    for await (const key of recorded.list("_log/")) await store.put(key, recorded.get(key));
    const log = new CommitLog<IngestionCommit>(store, "ingestion");
    const last = await log.head();
    assert(last);
    const next = { ...last, sequence: COMMITS + 1, run: "next", keys: { sale: "sale_id" } };
    assertEquals(await log.append(next), true);
    const read = await Array.fromAsync(new CommitLog<IngestionCommit>(store, "ingestion").after(5));
    assertEquals(read, [last, next]);
  });
}
