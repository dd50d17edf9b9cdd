/**
 * Extracts two versions of a large document in a separate process, because memory is counted per process,
 * and prints the peak in MB.
 */
import { openStore } from "../../sdk/lake/open_store.ts";
import { extractSource } from "../../sdk/sources/extract_source.ts";
import type { Source } from "../../sdk/sources/source.ts";
import { shelfModel } from "./shelf.ts";

const BATCH = 1_000;
const WORDS = "x".repeat(150);

/** A source with one document of so many rows, of about 200 bytes: every one, or every second one. */
function large(rows: number, version: "1" | "2"): Source {
  return {
    name: "shelf",
    async *deliveries() {
      yield await Promise.resolve({
        name: "a.csv",
        version,
        table: "note",
        async *rows() {
          for (let from = 0; from < rows; from += BATCH) {
            const numbers = Array.from({ length: BATCH }, (_, i) => from + i)
              .filter((number) => version === "1" || number % 2 === 0);
            yield await Promise.resolve(numbers.map((number) => ({
              note_id: `a.csv/${String(number).padStart(12, "0")}`,
              words: WORDS,
              amount: null,
            })));
          }
        },
        size: () => ({ bytes: rows * 200, sha256: version.repeat(64) }),
      });
    },
  };
}

if (import.meta.main) {
  const [url, rows] = Deno.args;
  const ingestion = openStore(url);
  for (const version of ["1", "2"] as const) {
    await extractSource({ source: large(Number(rows), version), ingestion, model: shelfModel });
  }
  // Linux counts the memory of the parent in the peak of resourceUsage(), but not in this one.
  const [, peak_kb] = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))!;
  console.log(Math.round(Number(peak_kb) * 1024 / 1_000_000));
}
