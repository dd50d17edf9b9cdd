/**
 * Extracts the files of a folder into a lake, and prints the rows, the time and the most memory that the
 * process had: `extract_folder.ts file:///files file:///lake`.
 *
 * @module
 */
import { openStore } from "../../../sdk/lake/open_store.ts";
import { extractSource } from "../../../sdk/sources/extract_source.ts";
import { filesSource } from "../../../sdk/sources/files/files.ts";

const [url, lake] = Deno.args;
let rss = 0;
const timer = setInterval(() => rss = Math.max(rss, Deno.memoryUsage().rss), 20);
const before = performance.now();
const { documents } = await extractSource({
  source: filesSource({ url }),
  ingestion: openStore(lake),
});
clearInterval(timer);
const rows = documents.reduce((sum, document) => sum + document.rows, 0);
console.log(JSON.stringify({ rows, elapsed_ms: Math.round(performance.now() - before), rss }));
