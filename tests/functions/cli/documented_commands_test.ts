import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { commandEntries } from "../../../functions/cli/command_table.ts";
import { holdsPassword } from "../../../functions/cli/passwords.ts";
import { salesOrder } from "../../../schemas/mod.ts";
import { run } from "../../../sdk/operate/run.ts";
import { temporaryFolder } from "../../lake/temporary_folder.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { testDatabase } from "../../support/postgres.ts";
import { startRatesServer } from "../../support/rates_server.ts";
import { insert } from "../../support/source.ts";
import { etl } from "./cli.ts";

const ROOT = join(import.meta.dirname!, "../../..");

test("every example of the help runs", async (pipeline) => {
  await run(pipeline);
  await insert(pipeline.sourceSql, salesOrder, {
    sales_order_id: 7,
    agreed_payment_date: "2022-02-30",
  });
  await using target = await testDatabase("target");
  await using rates = startRatesServer();
  await using files = await temporaryFolder();
  const settings = {
    ...settingsOf(pipeline),
    TARGET_URL: target.url,
    RATES_URL: rates.RATES_URL,
    FILES_URL: files.url,
  };
  let count = 0;
  for (const [name, { examples }] of commandEntries()) {
    for (const [example] of examples) {
      if (example.includes("secretsmanager:")) continue;
      const { code, stderr } = await etl(example.replace(/ >.*/, "").split(" "), settings);
      // verify fails because the source has a row that cannot be loaded.
      assertEquals(code, name === "verify" ? 1 : 0, `${example}: ${stderr}`);
      count++;
    }
  }
  assert(count > 20);
});

Deno.test("no page has a command with a password in its arguments", () => {
  const pages = [".", "docs", ".github", "terraform"].flatMap((folder) =>
    [...Deno.readDirSync(join(ROOT, folder))].filter(({ name }) => name.endsWith(".md"))
      .map(({ name }) => join(folder, name))
  );
  const calls = pages.flatMap((path) => {
    const text = Deno.readTextFileSync(join(ROOT, path)).replaceAll("\\\n", " ");
    return [...text.matchAll(/\bdeno task [^`\n]*/g)].map(([call]) => ({ path, call }));
  });
  assert(calls.length > 30);
  const leaks = calls.filter(({ call }) => call.split(/[\s='"]+/).some(holdsPassword));
  assertEquals(leaks, []);
});
