import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { run } from "../../../sdk/operate/run.ts";
import { verify } from "../../../sdk/operate/compare/verify.ts";
import { temporaryFolder } from "../../lake/temporary_folder.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { slowTest } from "../../support/slow.ts";
import { etl, etlCommand, killHard } from "./cli.ts";

const HEADER = "staff_id,month,currency_code,target\n";
const ROWS = 20_000;

/** Returns the lines of a file in which every target is this one. */
function lines(rows: number, target: string): string {
  return HEADER + `1,2026-11,GBP,${target}\n`.repeat(rows);
}

test(
  "etl files loads each file once, although it is killed with SIGKILL anywhere",
  async (pipeline) => {
    await using folder = await temporaryFolder();
    const settings = { ...settingsOf(pipeline), FILES_URL: pathToFileURL(folder.path).href };
    const write = (name: string, text: string) => Deno.writeTextFile(join(folder.path, name), text);
    await run(pipeline); // the staff that targets refer to
    await write("a.csv", lines(ROWS, "1.00"));
    await write("b.csv", "no,header\n1,2\n");
    await write("c.csv", lines(2, "3.00"));
    let killed = 0;
    for (let wait_ms = 200;; wait_ms *= 1.4) {
      const child = etlCommand(["files"], settings).spawn();
      const timer = setTimeout(() => killHard(child), wait_ms);
      const { success } = await child.output();
      clearTimeout(timer);
      if (success) break;
      killed++;
      if (killed === 3) await write("a.csv", lines(ROWS / 2, "2.00"));
    }
    assert(killed >= 3, `${killed} processes were killed`);
    await write("b.csv", lines(1, "4.00"));
    assertEquals((await etl(["files"], settings)).code, 0);
    const { sql } = pipeline;
    const targets = await sql`
    SELECT target::text, count(*)::int AS rows FROM fact_sales_target GROUP BY 1 ORDER BY 1`;
    const expected = { "2.00": ROWS / 2, "3.00": 2, "4.00": 1 };
    assertEquals(Object.fromEntries(targets.map(({ target, rows }) => [target, rows])), expected);
    assertEquals((await sql`SELECT FROM etl.quarantine`).length, 0);
    const { equal, tables } = await verify(pipeline);
    assert(equal, JSON.stringify(tables));
    const [{ applied, last }] =
      await sql`SELECT count(*)::int AS applied, max(sequence)::int AS last
    FROM etl.applied_commit WHERE source = 'files'`;
    assertEquals(applied, last);
  },
  slowTest,
);
