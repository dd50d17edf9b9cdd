import { assert, assertEquals } from "@std/assert";
import { design } from "../../schemas/source/design.ts";
import { keysOf as objectsIn } from "../support/lake.ts";
import { insert, insertOneOfEach } from "../support/source.ts";
import { frontendTap } from "./frontend_tap.ts";
import { test } from "./source_test_case.ts";

const WITH_PARAMETER = ["parse", "describe", "bind", "execute", "sync"];
/** The catalog; then, in one go, the transaction, the position, the scans, and the catalog again. */
const QUESTIONS = [
  ...WITH_PARAMETER,
  ...["query", "query", "query", ...WITH_PARAMETER, ...WITH_PARAMETER],
];
/** Nobody waits for the end of the transaction, which the end of the connection can overtake. */
const ENDINGS = ["query,terminate", "terminate"];

function assertQuestions(messages: readonly string[]): void {
  assertEquals(messages.slice(0, QUESTIONS.length), QUESTIONS);
  assert(ENDINGS.includes(messages.slice(QUESTIONS.length).join()), messages.join());
}

test("extract() writes nothing for an empty source, and its rows once they come", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  assertEquals(await extract(), { outcome: "unchanged", schema: [] });
  assertEquals(await extract(), { outcome: "unchanged", schema: [] });
  assertEquals(await objectsIn(ingestion), []);
  await insert(sql, design, { design_id: 1 });
  const result = await extract();
  assert(result.outcome === "committed");
  assertEquals(result.commit.sequence, 1);
  assertEquals(result.commit.mode, "full");
  assertEquals(Object.keys(result.commit.tables), ["design"]);
  assertEquals(await tick(), {});
});

test("extract() writes nothing when nothing changed", async ({ sql, ingestion, extract }) => {
  await insertOneOfEach(sql);
  await extract();
  const before = await objectsIn(ingestion);
  for (let i = 0; i < 3; i++) assertEquals(await extract(), { outcome: "unchanged", schema: [] });
  assertEquals(await objectsIn(ingestion), before);
});

test("extract() writes nothing when only other tables changed", async (source) => {
  const { sql, ingestion, extract } = source;
  await insertOneOfEach(sql);
  await extract();
  const before = await objectsIn(ingestion);
  await sql`CREATE TABLE elsewhere AS SELECT 1 AS a`;
  await sql`UPDATE elsewhere SET a = 2`;
  assertEquals((await extract()).outcome, "unchanged");
  assertEquals(await objectsIn(ingestion), before);
});

test("extract() sends only the catalog and change queries when nothing changed", async ({ sql, url, extract }) => {
  await insertOneOfEach(sql);
  await extract();
  await using tap = frontendTap(url);
  assertEquals(await extract({ source: tap.url }), { outcome: "unchanged", schema: [] });
  assertQuestions(await tap.messages());
});

test("extract() sends no further queries while another transaction is open", async (source) => {
  const { sql, url, session, extract } = source;
  await insertOneOfEach(sql);
  const late = await session();
  await late`BEGIN`;
  await late`UPDATE design SET design_name = 'late'`;
  await insert(sql, design, { design_id: 2 });
  await extract();
  await using tap = frontendTap(url);
  assertEquals(await extract({ source: tap.url }), { outcome: "unchanged", schema: [] });
  assertQuestions(await tap.messages());
});
