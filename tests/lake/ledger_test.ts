/** The ledger of a source, as extractSource() writes it and readLedger() reads it. */
import { assertEquals } from "@std/assert";
import { readLedger } from "../../sdk/lake/ledger.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import { sourceStore } from "../../sdk/lake/source_store.ts";
import { ingestionZone } from "../../sdk/lake/zone.ts";
import { extractDeliveries } from "../../sdk/sources/extract_source.ts";
import { shelf, type ShelfDocument, shelfModel } from "../sources/shelf.ts";
import { type TestLake, testLake } from "../support/lake.ts";
import { DAMAGE, fileOf } from "../support/tamper.ts";
import { counted } from "./counted_store.ts";

const zoneOf = ({ ingestion }: TestLake) => ingestionZone(sourceStore(ingestion, "shelf"));

/** Extracts these documents, and writes the ledger into an object every so many commits. */
async function extract(
  { ingestion }: TestLake,
  documents: readonly ShelfDocument[],
  every: number,
) {
  await extractDeliveries({ source: shelf(documents), ingestion, model: shelfModel }, every);
}

Deno.test("the ledger is the same however often it is written into an object, or if that object is damaged", async () => {
  const series: ShelfDocument[] = Array.from({ length: 11 }, (_, place) => ({
    name: `${place % 4}.csv`,
    version: `${place}`,
    rows: { 1: { words: `${place}` } },
    ...place % 5 === 4 ? { refused: "it is broken" } : {},
  }));
  const states: unknown[] = [];
  for (const every of [1, 2, 3, 100]) {
    await using lake = await testLake();
    for (const document of series) await extract(lake, [document], every);
    const zone = zoneOf(lake);
    const { ledger } = (await zone.log.head())!;
    assertEquals(ledger?.through, every === 100 ? undefined : Math.floor(10 / every) * every);
    const read = async () => {
      const known = await readLedger(zone);
      const entries = [...known.entries()].map(({ body: _, ...entry }) => entry);
      const current = entries.map(({ name }) => known.current(name)?.version);
      return { entries, current, same: known.withContent(entries[0].sha256)?.name };
    };
    states.push(await read());
    if (!ledger) continue;
    await DAMAGE["a flipped bit at its end"](fileOf(zone.store, ledger.object.key));
    states.push(await read());
  }
  for (const state of states) assertEquals(state, states[0]);
});

Deno.test("reading the ledger of a long log takes one object and the commits after it", async () => {
  await using lake = await testLake();
  const documents = Array.from({ length: 40 }, (_, place) => ({
    name: `${place}.csv`,
    version: "1",
  }));
  await extract(lake, documents, 10);
  const { store, asked } = counted(openStore(zoneOf(lake).store.url));
  const ledger = await readLedger(ingestionZone(store));
  assertEquals([...ledger.entries()].length, 40);
  assertEquals(asked.get, 12); // the newest commit, the object, and the 10 commits after it
});
