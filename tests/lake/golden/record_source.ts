/**
 * Records a lake of a source that delivers documents, with the code of this commit. A recorded lake never
 * changes.
 *
 *     deno run -A tests/lake/golden/record_source.ts tests/lake/golden/source-format-2
 *
 * @module
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { fileStore } from "../../../sdk/lake/file_store.ts";
import { extractDeliveries } from "../../../sdk/sources/extract_source.ts";
import { transform } from "../../../sdk/transform/transform.ts";
import { rates, ratesModel } from "./rates.ts";

/** Commits after which the ledger is written into an object: the third commit names one. */
const LEDGER_EVERY = 2;

async function record(folder: string): Promise<void> {
  const zone = (name: string) => fileStore(pathToFileURL(join(folder, name)));
  const [ingestion, processed] = [zone("ingestion"), zone("processed")];
  await extractDeliveries({ source: rates, ingestion, model: ratesModel }, LEDGER_EVERY);
  await transform({ ingestion, processed, model: ratesModel, sourceName: rates.name });
  for (const name of ["ingestion", "processed"]) {
    await Deno.remove(join(folder, name, ".tmp"), { recursive: true });
  }
}

if (import.meta.main) await record(resolve(Deno.args[0]));
