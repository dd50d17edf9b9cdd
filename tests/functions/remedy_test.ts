import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { remedyText } from "../../functions/remedy.ts";
import type { Remedy } from "../../sdk/remedy.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

const TEXTS: readonly (readonly [Remedy, string])[] = [
  [{ advice: "correct `source`" }, "correct SOURCE_URL"],
  [{ advice: "set `sslrootcert`" }, "set `sslrootcert`"],
  [{ operations: [{ name: "status" }] }, "deno task etl status"],
  [
    { operations: [{ name: "extract", full: true }, { name: "run" }] },
    "deno task etl extract --full && deno task etl run",
  ],
  [
    { advice: "fix the rows", operations: [{ name: "run", quarantineLimit: 100 }] },
    "fix the rows, then: deno task etl run --quarantine-limit 100",
  ],
  [
    {
      advice: "set `into` to an empty database",
      or: {
        condition: "this is the right one",
        operations: [{ name: "replay", fromIngestion: true }],
        or: { advice: "restore it" },
      },
    },
    "set --into to an empty database; or, if this is the right one: " +
    "deno task etl replay --from-ingestion --into-env TARGET_URL; or restore it",
  ],
];

for (const [remedy, text] of TEXTS) {
  Deno.test(`remedyText() returns "${text}"`, () => assertEquals(remedyText(remedy), text));
}

Deno.test("sdk/ and schemas/ name no command of the command line", () => {
  const pattern =
    /deno task|--(full|into|from|quarantine-limit)\b|\b(SOURCE|WAREHOUSE|INGESTION|PROCESSED)_URL\b/;
  assertEquals(
    [...sources("sdk"), ...sources("schemas")].filter((path) =>
      pattern.test(Deno.readTextFileSync(path))
    ),
    [],
  );
});

function sources(folder: string): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? sources(path) : [join(ROOT, path)];
  });
}
