/** One value as long as a file. Memory is bounded by the longest value: this is by how much. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type Mirror, test } from "./mirror.ts";
import { BOOK } from "./long_value_host.ts";

const HOST = fileURLToPath(new URL("long_value_host.ts", import.meta.url));
const CHARACTERS = 100_000_000;
/** Memory of a tick without the value, and how many copies of the value it holds. */
const [BASE_MB, COPIES] = [200, 14];

/** Runs a tick in a separate process and returns its peak memory. */
async function tick(mirror: Mirror): Promise<number> {
  const { source, warehouse, ingestion, processed } = mirror;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", HOST, source, warehouse, ingestion.url, processed.url],
    stdin: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

test("a text of 100 MB is loaded in a few times its size of memory", [BOOK], async (mirror) => {
  const { sourceSql, sql } = mirror;
  await sourceSql`INSERT INTO book VALUES (1, 'short'), (2, repeat('long "\\' || chr(10), 1000000)
    || repeat('x', ${CHARACTERS - 8_000_000})), (3, 'short again')`;
  const peak_mb = await tick(mirror);
  const digest = `SELECT id, length(text) AS length, md5(text) AS md5 FROM book ORDER BY id`;
  const rows = async (at: typeof sql) => (await at.unsafe(digest)).map((row) => ({ ...row }));
  assertEquals(await rows(sql), await rows(sourceSql));
  assert(peak_mb < BASE_MB + COPIES * CHARACTERS / 1_000_000, `${peak_mb} MB`);
});
