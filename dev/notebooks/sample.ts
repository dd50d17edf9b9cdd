/**
 * A company's data for the notebooks: a summer of orders, exchange rates, sales targets, and mistakes in all
 * of them.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import postgres from "postgres";
import { filesSource, type PipelineOptions, ratesSource, run, runSource } from "../../sdk/mod.ts";
import { act, type ActivityKind } from "../simulator/act.ts";
import { STAFF } from "../simulator/dimensions.ts";
import { fillFromSimulator } from "../simulator/fill.ts";
import { Random } from "../simulator/random.ts";
import { serveRates } from "../simulator/rates.ts";
import { writeTargets } from "../simulator/targets.ts";

const ORDERS = 600;
const SEED = 7;
const FIRST_DAY = "2026-06-01", LAST_DAY = "2026-09-14";
const MONTHS = ["2026-06", "2026-07", "2026-08", "2026-09"];
/** What changes between one load and the next. */
const CHANGES: readonly (readonly ActivityKind[])[] = [
  Array(40).fill("silent_update"),
  [...Array(25).fill("silent_update"), "department_renamed", ...Array(6).fill("deletion")],
  [...Array(12).fill("silent_update"), "address_corrected", ...Array(3).fill("deletion")],
];
/** Mistakes of people, which go to quarantine. */
const MISTAKES = [
  "UPDATE sales_order SET agreed_delivery_date = '2026-02-30' WHERE sales_order_id IN (11, 12)",
  "UPDATE payment SET payment_date = 'soon' WHERE payment_id = 21",
];

/** Fills an empty source, and loads it, its changes and the other sources. `folder` gets the files. */
export async function createSample(
  options: Pick<PipelineOptions, "source" | "warehouse" | "ingestion" | "processed">,
  folder: string,
): Promise<void> {
  const from = Date.parse(`${FIRST_DAY}T09:00:00Z`);
  await fillFromSimulator(options.source, { rows: ORDERS, seed: SEED, from });
  await run(options);
  const today = () => new Date(`${LAST_DAY}T12:00:00Z`);
  const rates = ratesSource({
    urls: ["https://rates.example/{date}/{code}.json"],
    base: "eur",
    from: FIRST_DAY,
    today,
    fetch: (input) => Promise.resolve(serveRates(new Request(input), today)),
  });
  await runSource({ ...options, source: rates });
  await writeFiles(folder);
  const files = filesSource({ url: pathToFileURL(folder).href, settle_ms: 0 });
  await runSource({ ...options, source: files });
  const sql = postgres(options.source, { max: 1, onnotice: () => {} });
  try {
    const random = new Random(SEED);
    for (const changes of CHANGES) {
      for (const kind of changes) await act(sql, random, kind);
      await run(options);
    }
    for (const mistake of MISTAKES) await sql.unsafe(mistake);
    await run(options);
  } finally {
    await sql.end();
  }
}

/** Writes sales targets: one for a member of staff that does not exist, and a file without its header. */
async function writeFiles(folder: string): Promise<void> {
  const staffIds = Array.from({ length: STAFF }, (_, index) => index + 1);
  for (const month of MONTHS) {
    const isLast = month === MONTHS.at(-1);
    await writeTargets(folder, month, isLast ? [...staffIds, STAFF + 1] : staffIds);
  }
  await Deno.writeTextFile(join(folder, "targets", "draft.csv"), "1,2026-10,GBP,1000.00\n");
}
