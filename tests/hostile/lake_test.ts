/**
 * A lake with content that this version did not write is refused with the reason, or understood.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { SourceTableSpec } from "../../schemas/mod.ts";
import { EtlError, LakeError } from "../../sdk/errors.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { load } from "../../sdk/load/load.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { FORMAT } from "../../sdk/lake/upgrades/upgrades.ts";
import { run } from "../../sdk/operate/run.ts";
import { status } from "../../sdk/operate/status.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { forgeIngestion, forgeObject, forgeProcessed, undo } from "./forgery.ts";
import { assertMirrored, type Mirror, reasons, test } from "./mirror.ts";

const WORD: SourceTableSpec = {
  name: "word",
  key: "id",
  columns: { id: { type: "integer" }, word: { type: "text", nullable: true } },
};

/** A test with one loaded row and a lake to tamper with. */
function lake(
  name: string,
  body: (mirror: Mirror) => Promise<void>,
  kind?: "dimension" | "fact",
): void {
  test(name, [WORD], async (mirror) => {
    await mirror.sourceSql`INSERT INTO word VALUES (1, 'one')`;
    await run(mirror);
    await body(mirror);
  }, { kind });
}

async function words({ sql }: Mirror): Promise<unknown[]> {
  return (await sql`SELECT id, word FROM word ORDER BY id`).map((row) => ({ ...row }));
}

const BROKEN: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {
  "is cut off in a line": '{"id":2,"word":"two"}\n{"id":3,"wo',
  "is cut off before its last line feed": '{"id":2,"word":"two"}',
  "has a line that is no JSON": '{"id":2,"word":"two"}\n{id:3}\n',
  "has two values on a line": '{"id":2,"word":"two"}{"id":3,"word":"x"}\n',
  "has a value on two lines": '{"id":2,\n"word":"two"}\n',
  "has an empty line": '{"id":2,"word":"two"}\n\n',
  "is not UTF-8": new Uint8Array([
    ...new TextEncoder().encode('{"id":2,"word":"'),
    0xff,
    0x22,
    0x7d,
    10,
  ]),
};

lake("an object whose hash is right and whose lines are broken is named", async (mirror) => {
  for (const [how, body] of Object.entries(BROKEN)) {
    const object = await forgeObject(mirror.ingestion, body);
    const sequence = await forgeIngestion(mirror.ingestion, { tables: { word: object } });
    const error = await assertRejects(() => transform(mirror), LakeError, object.key, how);
    assert(error.next, "says what to do");
    await undo(mirror.ingestion, sequence);
  }
  assertEquals(
    await run(mirror).then(({ load }) => load.commits),
    [],
    "nothing of it was committed",
  );
  assertEquals(await words(mirror), [{ id: 1, word: "one" }]);
});

/** Moves a forged commit to the warehouse. A run would remove its rows, which the source does not have. */
async function move(mirror: Mirror): Promise<void> {
  await transform(mirror);
  await load(mirror);
}

lake("lines that are JSON and no rows go to quarantine, whatever they are", async (mirror) => {
  const lines = [
    '{"id":2,"word":"two"}',
    '{"id":"3","word":"x"}',
    '{"id":4,"word":{"deep":[1]}}',
    '{"id":5}',
    '{"id":6.5,"word":"x"}',
    '{"id":2147483648,"word":"x"}',
    '{"id":8,"word":"extra","more":true}',
    '{"id":9,"word":"twice","id":10}',
    '{"__proto__":{"id":11},"word":"x"}',
  ];
  const object = await forgeObject(mirror.ingestion, lines.join("\n") + "\n");
  await forgeIngestion(mirror.ingestion, { tables: { word: object } });
  await move(mirror);
  const bad = Object.keys(await reasons(mirror.sql)).sort();
  assertEquals(bad, ["2147483648", "3", "4", "5", "6.5", "null"]);
  assertEquals(await words(mirror), [
    { id: 1, word: "one" },
    { id: 2, word: "two" },
    { id: 8, word: "extra" },
    { id: 10, word: "twice" },
  ]);
  await reconcile(mirror);
  assertEquals(await reasons(mirror.sql), {}, "none of them is in the source");
  await assertMirrored(mirror);
});

lake("a text that Postgres cannot store goes to quarantine", async (mirror) => {
  const body = '{"id":2,"word":"\\u0000"}\n{"id":3,"word":"\\ud83d"}\n{"id":4,"word":"four"}\n';
  const object = await forgeObject(mirror.ingestion, body);
  await forgeIngestion(mirror.ingestion, { tables: { word: object } });
  await move(mirror);
  assertEquals(Object.keys(await reasons(mirror.sql)).sort(), ["2", "3"]);
  assertEquals(await words(mirror), [{ id: 1, word: "one" }, { id: 4, word: "four" }]);
});

for (const kind of ["dimension", "fact"] as const) {
  lake(
    `a repeated key in a batch of a ${kind} is reported, and nothing is loaded`,
    async (mirror) => {
      const body = '{"id":2,"word":"two"}\n{"id":2,"word":"too"}\n';
      const object = await forgeObject(mirror.ingestion, body);
      await forgeIngestion(mirror.ingestion, { tables: { word: object } });
      const error = await assertRejects(() => run(mirror), EtlError);
      assertStringIncludes(error.message, "word");
      assertEquals(await words(mirror), [{ id: 1, word: "one" }]);
    },
    kind,
  );

  lake(
    `invalid rows of a ${kind} with the same key are one in quarantine: the last`,
    async (mirror) => {
      const body = '{"id":"2","word":"two"}\n{"id":"2","word":"too"}\n';
      const object = await forgeObject(mirror.ingestion, body);
      await forgeIngestion(mirror.ingestion, { tables: { word: object } });
      await move(mirror);
      const entries = await mirror.sql`SELECT key, content ->> 'word' AS word FROM etl.quarantine`;
      assertEquals(entries.map((row) => ({ ...row })), [{ key: "2", word: "too" }]);
    },
    kind,
  );
}

lake("a commit of a newer version stops every reader and asks for an upgrade", async (mirror) => {
  const newer = { format: FORMAT + 1, tables: "something else by then" };
  await forgeIngestion(mirror.ingestion, newer);
  const refuses = async (work: () => Promise<unknown>) => {
    const error = await assertRejects(work, LakeError, "a newer release of @totesys/sdk wrote it");
    assertStringIncludes(error.next?.advice ?? "", "upgrade");
  };
  for (const stage of [extract, transform, run, status, reconcile]) {
    await refuses(() => stage(mirror));
  }
  await forgeProcessed(mirror.processed, newer);
  await refuses(() => load(mirror));
  assertEquals(await words(mirror), [{ id: 1, word: "one" }]);
});

lake("fields that a commit need not have are left alone", async (mirror) => {
  const object = await forgeObject(mirror.ingestion, '{"id":2,"word":"two"}\n');
  const tables = { word: { ...object, encoding: "none" } };
  await forgeIngestion(mirror.ingestion, { tables, comment: "by hand", snapshots: [] });
  await move(mirror);
  await forgeProcessed(mirror.processed, { comment: "by hand" });
  await load(mirror);
  assertEquals((await words(mirror)).length, 2);
});

lake("a table that is not in the model is passed over, in either zone", async (mirror) => {
  const object = await forgeObject(mirror.ingestion, '{"id":2,"word":"two"}\n');
  const foreign = await forgeObject(mirror.ingestion, '{"whatever":1}\n');
  const foreignObjects = { stranger: foreign, 'str"anger; DROP TABLE word': foreign };
  await forgeIngestion(mirror.ingestion, {
    tables: { word: object, ...foreignObjects },
    deleted: foreignObjects,
    columns: { word: ["id", "word"], stranger: ["whatever"] },
  });
  await move(mirror);
  assertEquals((await words(mirror)).length, 2);
  const odd = await forgeObject(mirror.processed, "not even Parquet");
  const others = { stranger: odd };
  await forgeProcessed(mirror.processed, { tables: others, deleted: others, quarantined: others });
  await load(mirror);
  assertEquals((await words(mirror)).length, 2);
});

/** Processed objects that must be refused. */
const NO_PARQUET: Readonly<Record<string, string>> = {
  empty: "\n",
  text: "PAR1 and then nothing of the kind PAR1",
  "all footer": "PAR1\xff\xff\xff\x7fPAR1",
};

lake("an object that is no Parquet is named, and nothing is loaded", async (mirror) => {
  for (const [what, body] of Object.entries(NO_PARQUET)) {
    const object = await forgeObject(mirror.processed, body);
    const sequence = await forgeProcessed(mirror.processed, { tables: { word: object } });
    await assertRejects(() => load(mirror), LakeError, object.key, what);
    await undo(mirror.processed, sequence);
  }
  assertEquals(await words(mirror), [{ id: 1, word: "one" }]);
});
