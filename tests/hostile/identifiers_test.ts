/** Names that break code which pastes them into SQL, a path, a key or an object. */
import { assertEquals } from "@std/assert";
import type { SourceTableSpec } from "../../schemas/mod.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { run } from "../../sdk/operate/run.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import { assertMirrored, test } from "./mirror.ts";

const NAMES = [
  `quoted "twice" ""`,
  "it's; DROP TABLE users --",
  "with  two spaces ",
  "a.dot.or.two",
  "..",
  "../../up",
  ".tmp",
  "_log",
  "50% %s %20 %",
  "line\nfeed\r\ttab",
  "back\\slash \\n \\N",
  "$1 $tag$ ${name} {}",
  "ÜPPER lower Ünïcode 名前 👜",
  "e\u0301 is not \u00e9",
  "select",
  "constructor",
  "prototype",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "63 bytes ".padEnd(63, "x"),
  "名".repeat(21),
  "null",
  "0",
  "7",
];

const named = (name: string): SourceTableSpec => ({
  name,
  key: name,
  columns: Object.fromEntries([
    [name, { type: "integer" }],
    [`other ${name}`.slice(0, 19), { type: "text", nullable: true }],
  ]),
});

test("tables and columns with any name are loaded", NAMES.map(named), async (mirror) => {
  const { sourceSql } = mirror;
  const ids = NAMES.map(identifier);
  for (const id of ids) await sourceSql.unsafe(`INSERT INTO ${id} VALUES (1, 'one'), (2, NULL)`);
  await run(mirror);
  await assertMirrored(mirror);
  for (const id of ids) await sourceSql.unsafe(`UPDATE ${id} SET ${id} = 3 WHERE ${id} = 1`);
  const { reconcile: repaired } = await run(mirror);
  assertEquals(repaired?.deleted, Object.fromEntries(NAMES.map((name) => [name, 1])));
  await assertMirrored(mirror);
  assertEquals((await extract(mirror)).outcome, "unchanged");
});
