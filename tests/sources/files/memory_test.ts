import { assertEquals } from "@std/assert";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { stdCommand } from "../../../dev/with_std.ts";
import { duckdb } from "../../lake/duckdb.ts";
import { temporaryFolder } from "../../lake/temporary_folder.ts";
import { slowTest } from "../../support/slow.ts";
import { HEADER } from "./drop.ts";

const MEMORY_BYTES = 256 * 2 ** 20;
/** DuckDB writes pages of 122,880 rows, which are decoded as a whole: 220 MB, and more on a busy machine. */
const PARQUET_BYTES = 448 * 2 ** 20;

/** Extracts a folder in a process of its own. */
async function extract(url: string): Promise<{ rows: number; elapsed_ms: number; rss: number }> {
  await using lake = await temporaryFolder();
  const script = new URL("extract_folder.ts", import.meta.url).pathname;
  const command = await stdCommand(["run", "--allow-all", script, url, lake.url], {
    stdout: "piped",
    stderr: "inherit",
  });
  const { code, stdout } = await command.output();
  assertEquals(code, 0);
  const result = JSON.parse(new TextDecoder().decode(stdout));
  const seconds = result.elapsed_ms / 1_000;
  console.log(
    `${result.rows} rows, ${Math.round(result.rows / seconds)} rows/s, ` +
      `${Math.round(result.rss / 2 ** 20)} MB`,
  );
  return result;
}

const line = (n: number) => `${n % 500},2026-11,GBP,${n}.${n % 100}\n`;
const object = (n: number) =>
  `{"staff_id":${n % 500},"month":"2026-11","currency_code":"GBP","target":${n}.5}\n`;

/** Writes many records to a file. */
async function write(path: string, start: string, record: (n: number) => string, count: number) {
  const file = createWriteStream(path);
  const gzip = path.endsWith(".gz") ? createGzip({ level: 1 }) : undefined;
  gzip?.pipe(file);
  const out = gzip ?? file;
  out.write(start);
  for (let n = 0; n < count;) {
    let part = "";
    for (const end = Math.min(n + 10_000, count); n < end; n++) part += record(n);
    if (!out.write(part)) await new Promise((resolve) => out.once("drain", () => resolve(null)));
  }
  out.end();
  await finished(file);
}

slowTest("a CSV file of 200 MB is extracted in 256 MB", async () => {
  await using folder = await temporaryFolder();
  const count = 8_000_000;
  await write(`${folder.path}/a.csv`, HEADER, line, count);
  assertEquals((await Deno.stat(`${folder.path}/a.csv`)).size > 200e6, true);
  const { rows, rss } = await extract(folder.url);
  assertEquals([rows, rss < MEMORY_BYTES], [count, true], `${rss} bytes`);
});

slowTest(
  "a million rows of packed CSV, JSON Lines and Parquet are extracted in bounded memory",
  async () => {
    const count = 1_000_000;
    const writers: Record<string, (path: string) => Promise<void>> = {
      "a.csv.gz": (path) => write(path, HEADER, line, count),
      "a.jsonl": (path) => write(path, "", object, count),
      "a.parquet": (path) =>
        duckdb(path, async (query) => {
          await query(`COPY (SELECT i::INTEGER AS staff_id, DATE '2026-11-01' AS month,
          'GBP' AS currency_code, (i / 100)::DECIMAL(18,2) AS target FROM range(${count}) r(i))
          TO $file (FORMAT parquet)`);
        }),
    };
    for (const [name, writeFile] of Object.entries(writers)) {
      await using folder = await temporaryFolder();
      await writeFile(`${folder.path}/${name}`);
      const { rows, rss } = await extract(folder.url);
      const limit = name.endsWith(".parquet") ? PARQUET_BYTES : MEMORY_BYTES;
      assertEquals([rows, rss < limit], [count, true], `${name}: ${rss} bytes`);
    }
  },
);
