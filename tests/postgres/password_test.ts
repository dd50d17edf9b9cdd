import { assertEquals, assertRejects } from "@std/assert";
import type postgres from "postgres";
import { SourceError } from "../../sdk/errors.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { connect } from "../../sdk/postgres/connection.ts";
import { hbaRules } from "../support/hba.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";

const RIGHT = "r1ght-s3cr3t";
const WRONG = "wr0ng-s3cr3t";

/** Runs `act` with a role that the server asks for a password. */
async function withPassword(sql: postgres.Sql, act: (role: string) => Promise<void>) {
  const role = `locked_${crypto.randomUUID().replaceAll("-", "")}`;
  await sql.unsafe(`CREATE ROLE "${role}" LOGIN PASSWORD '${RIGHT}'`);
  try {
    await using _ = await hbaRules(sql, [`host all "${role}" all scram-sha-256`]);
    await act(role);
  } finally {
    await sql.unsafe(`DROP ROLE "${role}"`);
  }
}

function as(url: string, role: string, password: string): string {
  const result = new URL(url);
  result.username = role;
  result.password = password;
  return result.href;
}

/** Returns everything that an error could print, its causes included. */
function shown(error: unknown): string {
  const texts = [Deno.inspect(error, { depth: 9 })];
  for (let at = error; at instanceof Error; at = at.cause) {
    texts.push(String(at), at.stack ?? "", JSON.stringify(at, Object.getOwnPropertyNames(at)));
  }
  return texts.join("\n");
}

Deno.test("a refused password appears in no error", async () => {
  await using database = await testDatabase();
  await using lake = await testLake();
  await withPassword(database.sql, async (role) => {
    await using fine = connect(as(database.url, role, RIGHT));
    assertEquals((await fine.query("SELECT")).length, 1);
    const url = as(database.url, role, WRONG);
    await using refused = connect(url);
    const errors = [
      await assertRejects(() => refused.query("SELECT 1")),
      await assertRejects(
        () => extract({ source: url, ingestion: lake.ingestion }),
        SourceError,
        "password authentication failed",
      ),
    ];
    for (const error of errors) assertEquals(shown(error).includes(WRONG), false);
  });
});

const MALFORMED = [
  `postgres://someone:${WRONG}@host:not-a-port/db`,
  `postgres://someone:${WRONG}@/db`,
  `postgres://someone:%${WRONG}@127.0.0.1:1/db`,
  `someone:${WRONG}@host`,
  ` ${WRONG}`,
];

for (const [place, url] of MALFORMED.entries()) {
  Deno.test(`a password in a malformed URL appears in no error, form ${place + 1}`, async () => {
    await using lake = await testLake();
    const error = await assertRejects(async () => {
      await using connection = connect(url);
      await connection.query("SELECT 1");
    });
    assertEquals(shown(error).includes(WRONG), false);
    const wrapped = await assertRejects(() => extract({ source: url, ingestion: lake.ingestion }));
    assertEquals(shown(wrapped).includes(WRONG), false);
  });
}
