/** A lake of a source that earlier code has written must be read for ever. */
import { assertEquals } from "@std/assert";
import { findDamage } from "../../sdk/lake/find_damage.ts";
import { fileStore } from "../../sdk/lake/file_store.ts";
import { readLedger } from "../../sdk/lake/ledger.ts";
import { sourceStore } from "../../sdk/lake/source_store.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { ingestionZone } from "../../sdk/lake/zone.ts";
import { load } from "../../sdk/load/load.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { ingestionCommits, testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { ratesModel } from "./golden/rates.ts";

const zoneOf = (name: string) =>
  fileStore(new URL(`golden/source-format-2/${name}`, import.meta.url));
const SOURCE = { model: ratesModel, sourceName: "rates" };

Deno.test("every commit, object and document of the recorded lake of a source is read", async () => {
  const zone = ingestionZone(sourceStore(zoneOf("ingestion"), "rates"));
  const commits = await ingestionCommits(zone.store);
  assertEquals(commits.length, 4);
  for (const commit of commits) assertEquals(await findDamage(zone.store, commit), undefined);
  const ledger = await readLedger(zone);
  assertEquals(
    [...ledger.entries()].map(({ name, version, outcome, sequence }) =>
      [name, version, outcome, sequence].join(" ")
    ),
    ["2026-11-27/eur 2 read 3", "2026-11-28/eur  missing 2", "2026-11-29/eur 1 refused 4"],
  );
});

/** Loads a processed zone, and compares the warehouse with what was recorded. */
async function assertLoads(processed: ObjectStore): Promise<void> {
  await using database = await testDatabase("warehouse");
  await load({ ...SOURCE, processed, warehouse: database.url });
  const rates = await database.sql`SELECT rate_id, rate FROM fact_rate ORDER BY 1`;
  assertEquals(rates.map((row) => ({ ...row })), [
    { rate_id: "2026-11-27/eur/gbp", rate: "0.8745" },
    { rate_id: "2026-11-27/eur/jpy", rate: "181.1" },
  ]);
  const quarantine = await database.sql`SELECT key, reason FROM etl.quarantine`;
  assertEquals(quarantine.map((row) => ({ ...row })), [
    { key: "2026-11-29/eur", reason: "the body is not JSON" },
  ]);
}

Deno.test("the recorded lake of a source gives the warehouse that it gave then", async () => {
  await assertLoads(zoneOf("processed"));
  await using lake = await testLake();
  await transform({ ...SOURCE, ingestion: zoneOf("ingestion"), processed: lake.processed });
  await assertLoads(lake.processed);
});
