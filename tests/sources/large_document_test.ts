/** A document larger than memory should ever be: rows and deleted keys are streamed. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { sourceStore } from "../../sdk/lake/source_store.ts";
import { ingestionCommits, testLake } from "../support/lake.ts";
import { slowTest } from "../support/slow.ts";

const HOST = fileURLToPath(new URL("large_document_host.ts", import.meta.url));
const ROWS = 1_000_000;
/** The engine cleans up as it likes: less than 256 MB on a machine that is not busy. */
const MAX_MB = 320;

slowTest({
  name: "extractSource() streams a document of 200 MB, and a version without half of its rows",
  ignore: Deno.build.os !== "linux", // how the host measures
  fn: streamLargeDocument,
});

async function streamLargeDocument(): Promise<void> {
  await using lake = await testLake();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", HOST, lake.ingestion.url, String(ROWS)],
    stdin: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const [first, second] = await ingestionCommits(sourceStore(lake.ingestion, "shelf"));
  assert(first.tables.note.bytes > 200_000_000, `${first.tables.note.bytes} bytes`);
  assertEquals(first.tables.note.rows, ROWS);
  assertEquals(second.tables.note.rows, ROWS / 2);
  assertEquals(second.deleted.note.rows, ROWS / 2 + 1); // and the document's own name
  const peak_mb = Number(new TextDecoder().decode(stdout));
  assert(peak_mb < MAX_MB, `${peak_mb} MB`);
}
