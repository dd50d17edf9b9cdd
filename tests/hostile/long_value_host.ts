/**
 * Runs one tick in a separate process, because memory is counted per process, and prints its peak
 * in MB.
 */
import process from "node:process";
import type { SourceTableSpec } from "../../schemas/mod.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import { run } from "../../sdk/operate/run.ts";
import { mirrorOf } from "./mirror_model.ts";

/** The mirrored table. */
export const BOOK: SourceTableSpec = {
  name: "book",
  key: "id",
  columns: { id: { type: "integer" }, text: { type: "text" } },
};

if (import.meta.main) {
  const [source, warehouse, ingestion, processed] = Deno.args;
  await run({
    source,
    warehouse,
    ingestion: openStore(ingestion),
    processed: openStore(processed),
    model: mirrorOf([BOOK]),
  });
  console.log(Math.round(process.resourceUsage().maxRSS * 1024 / 1_000_000));
}
