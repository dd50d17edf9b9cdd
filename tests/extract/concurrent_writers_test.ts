import { assertEquals } from "@std/assert";
import { design } from "../../schemas/source/design.ts";
import { insert } from "../support/source.ts";
import { type Keys, test } from "./source_test_case.ts";

test("extract() catches a row that commits late", async ({ sql, session, tick }) => {
  await insert(sql, design, { design_id: 1 });
  const late = await session();
  await late`BEGIN`;
  await insert(late, design, { design_id: 2 });
  assertEquals(await tick(), { design: [1] });
  await late`COMMIT`;
  assertEquals(await tick(), { design: [2] });
  assertEquals(await tick(), {});
});

test("extract() catches a late row whose timestamp is long past", async (source) => {
  const { sql, session, tick } = source;
  const late = await session();
  await late`BEGIN`;
  await insert(late, design, { design_id: 1, last_updated: "2001-01-01 00:00:00" });
  await insert(sql, design, { design_id: 2, last_updated: "2026-01-02 00:00:00" });
  assertEquals(await tick(), { design: [2] });
  await insert(sql, design, { design_id: 3, last_updated: "2026-01-03 00:00:00" });
  await late`COMMIT`;
  assertEquals(await tick(), { design: [1, 3] });
  assertEquals(await tick(), {});
});

test("extract() catches a late change of a row it has already read", async (source) => {
  const { sql, session, tick } = source;
  await insert(sql, design, { design_id: 1 });
  await insert(sql, design, { design_id: 2 });
  const late = await session();
  await late`BEGIN`;
  await late`UPDATE design SET design_name = 'late' WHERE design_id = 1`;
  assertEquals(await tick(), { design: [1, 2] });
  await late`COMMIT`;
  assertEquals(await tick(), { design: [1] });
  assertEquals(await tick(), {});
});

test("extract() never reads rolled-back rows", async ({ sql, session, tick }) => {
  await insert(sql, design, { design_id: 1 });
  const late = await session();
  await late`BEGIN`;
  await insert(late, design, { design_id: 2 });
  await late`UPDATE design SET design_name = 'never' WHERE design_id = 1`;
  assertEquals(await tick(), { design: [1] });
  await late`ROLLBACK`;
  assertEquals(await tick(), {});
});

test("extract() distinguishes several open transactions", async (source) => {
  const { sql, session, tick } = source;
  const [a, b, c] = [await session(), await session(), await session()];
  for (const [writer, id] of [[a, 1], [b, 2], [c, 3]] as const) {
    await writer`BEGIN`;
    await insert(writer, design, { design_id: id });
  }
  await insert(sql, design, { design_id: 4 });
  assertEquals(await tick(), { design: [4] });
  await b`COMMIT`;
  assertEquals(await tick(), { design: [2] });
  await b`BEGIN`;
  await insert(b, design, { design_id: 5 });
  await c`COMMIT`;
  assertEquals(await tick(), { design: [3] });
  await a`COMMIT`;
  assertEquals(await tick(), { design: [1] });
  await b`COMMIT`;
  assertEquals(await tick(), { design: [5] });
  assertEquals(await tick(), {});
});

test("extract() catches rows of an open savepoint", async ({ sql, session, tick }) => {
  const late = await session();
  await late`BEGIN`;
  await late`SAVEPOINT one`;
  await insert(late, design, { design_id: 1 });
  await insert(sql, design, { design_id: 2 });
  assertEquals(await tick(), { design: [2] });
  await insert(sql, design, { design_id: 3 });
  await late`COMMIT`;
  await insert(sql, design, { design_id: 4 });
  assertEquals(await tick(), { design: [1, 3, 4] });
  assertEquals(await tick(), {});
});

test("extract() catches rows of a savepoint released before the snapshot", async (source) => {
  const { sql, session, tick } = source;
  const late = await session();
  await late`BEGIN`;
  await insert(late, design, { design_id: 1 });
  await insert(sql, design, { design_id: 2 });
  await late`SAVEPOINT one`;
  await insert(late, design, { design_id: 3 });
  await late`RELEASE one`;
  await insert(sql, design, { design_id: 4 });
  assertEquals(await tick(), { design: [2, 4] });
  await insert(sql, design, { design_id: 5 });
  assertEquals(await tick(), { design: [5] });
  await late`COMMIT`;
  assertEquals(await tick(), { design: [1, 3] });
  assertEquals(await tick(), {});
});

test("extract() leaves out a savepoint that was rolled back", async (source) => {
  const { sql, session, tick } = source;
  await insert(sql, design, { design_id: 1 });
  const late = await session();
  await late`BEGIN`;
  await insert(late, design, { design_id: 2 });
  await late`SAVEPOINT one`;
  await late`UPDATE design SET design_name = 'never' WHERE design_id = 1`;
  await insert(late, design, { design_id: 3 });
  assertEquals(await tick(), { design: [1] });
  await insert(sql, design, { design_id: 4 });
  await late`ROLLBACK TO one`;
  await insert(late, design, { design_id: 5 });
  assertEquals(await tick(), { design: [4] });
  await late`COMMIT`;
  assertEquals(await tick(), { design: [2, 5] });
  assertEquals(await tick(), {});
});

test("extract() catches rows of nested savepoints", async ({ sql, session, tick }) => {
  const late = await session();
  await late`BEGIN`;
  for (const id of [1, 2, 3]) {
    await late.unsafe(`SAVEPOINT level_${id}`);
    await insert(late, design, { design_id: id });
    await insert(sql, design, { design_id: 10 + id });
  }
  assertEquals(await tick(), { design: [11, 12, 13] });
  await late`RELEASE level_3`;
  await late`ROLLBACK TO level_2`;
  await late`SAVEPOINT level_4`;
  await insert(late, design, { design_id: 4 });
  await insert(sql, design, { design_id: 14 });
  assertEquals(await tick(), { design: [14] });
  await late`COMMIT`;
  assertEquals(await tick(), { design: [1, 4] });
  assertEquals(await tick(), {});
});

test("extract() catches rows of more savepoints than a snapshot can hold", async (source) => {
  const { sql, session, tick } = source;
  const late = await session();
  await late`BEGIN`;
  const ids = Array.from({ length: 100 }, (_, i) => i + 1);
  for (const id of ids) {
    await late`SAVEPOINT one`;
    await insert(late, design, { design_id: id });
    await late`RELEASE one`;
  }
  await insert(sql, design, { design_id: 200 });
  assertEquals(await tick(), { design: [200] });
  await late`COMMIT`;
  assertEquals(await tick(), { design: ids });
  assertEquals(await tick(), {});
});

test("extract() catches a prepared transaction", async ({ sql, session, tick }) => {
  const gid = crypto.randomUUID();
  const late = await session();
  await late`BEGIN`;
  await insert(late, design, { design_id: 1 });
  await late.unsafe(`PREPARE TRANSACTION '${gid}'`);
  await insert(sql, design, { design_id: 2 });
  assertEquals(await tick(), { design: [2] });
  await late.unsafe(`COMMIT PREPARED '${gid}'`);
  assertEquals(await tick(), { design: [1] });
  assertEquals(await tick(), {});
});

test("extract() ignores row locks", async ({ sql, session, tick }) => {
  await insert(sql, design, { design_id: 1 });
  assertEquals(await tick(), { design: [1] });
  const [a, b] = [await session(), await session()];
  for (const reader of [a, b]) {
    await reader`BEGIN`;
    await reader`SELECT FROM design FOR SHARE`;
  }
  assertEquals(await tick(), {});
  for (const reader of [a, b]) await reader`COMMIT`;
  await a`BEGIN`;
  await a`SELECT FROM design FOR UPDATE`;
  await insert(sql, design, { design_id: 2 });
  assertEquals(await tick(), { design: [2] });
  await a`COMMIT`;
  assertEquals(await tick(), {});
});

test("extract() writes each change once while another transaction stays open", async (source) => {
  const { sql, session, tick } = source;
  await insert(sql, design, { design_id: 1 });
  const late = await session();
  await late`BEGIN`;
  await insert(late, design, { design_id: 2 });
  await late`SAVEPOINT one`;
  await insert(late, design, { design_id: 3 });
  assertEquals(await tick(), { design: [1] });
  const written: Keys[] = [];
  const expected: Keys[] = [];
  for (let minute = 1; minute <= 30; minute++) {
    const inserted = 100 + minute;
    if (minute % 3 === 1) {
      await insert(sql, design, { design_id: inserted });
      expected.push({ design: [inserted] });
    } else if (minute % 3 === 2) {
      await sql`UPDATE design SET design_name = ${`minute ${minute}`} WHERE design_id = 1`;
      expected.push({ design: [1] });
    } else {
      expected.push({});
    }
    written.push(await tick());
  }
  assertEquals(written, expected);
  await late`COMMIT`;
  assertEquals(await tick(), { design: [2, 3] });
  assertEquals(await tick(), {});
});

test("extract() drops a long-open transaction that aborted", async (source) => {
  const { sql, session, tick } = source;
  await insert(sql, design, { design_id: 1 });
  const late = await session();
  await late`BEGIN`;
  await late`UPDATE design SET design_name = 'never'`;
  assertEquals(await tick(), { design: [1] });
  for (let minute = 2; minute <= 6; minute++) {
    await insert(sql, design, { design_id: minute });
    assertEquals(await tick(), { design: [minute] });
  }
  await late`ROLLBACK`;
  assertEquals(await tick(), {});
  await insert(sql, design, { design_id: 7 });
  assertEquals(await tick(), { design: [7] });
});

test("extract() is not affected by a long read-only transaction", async (source) => {
  const { sql, session, tick } = source;
  await insert(sql, design, { design_id: 1 });
  const reader = await session();
  await reader`BEGIN ISOLATION LEVEL REPEATABLE READ`;
  await reader`SELECT FROM design`;
  assertEquals(await tick(), { design: [1] });
  await insert(sql, design, { design_id: 2 });
  assertEquals(await tick(), { design: [2] });
  assertEquals(await tick(), {});
  await reader`COMMIT`;
});

test("extract() catches an update that leaves last_updated alone", async ({ sql, tick }) => {
  await insert(sql, design, { design_id: 1 });
  await insert(sql, design, { design_id: 2 });
  assertEquals(await tick(), { design: [1, 2] });
  await sql`UPDATE design SET design_name = 'silent' WHERE design_id = 2`;
  assertEquals(await tick(), { design: [2] });
  assertEquals(await tick(), {});
});

test("extract() reads every row when timestamps are equal", async ({ sql, tick }) => {
  const last_updated = "2026-01-01 09:00:00.123";
  await insert(sql, design, { design_id: 1, last_updated });
  assertEquals(await tick(), { design: [1] });
  await insert(sql, design, { design_id: 2, last_updated });
  assertEquals(await tick(), { design: [2] });
  await sql`UPDATE design SET design_name = 'again', last_updated = ${last_updated}
    WHERE design_id = 1`;
  assertEquals(await tick(), { design: [1] });
  assertEquals(await tick(), {});
});

test("extract() misses nothing when the writers' clock runs backwards", async ({ sql, tick }) => {
  await insert(sql, design, { design_id: 1, last_updated: "2026-06-01 00:00:00" });
  assertEquals(await tick(), { design: [1] });
  await insert(sql, design, { design_id: 2, last_updated: "2025-06-01 00:00:00" });
  await sql`UPDATE design SET last_updated = '2024-06-01 00:00:00' WHERE design_id = 1`;
  assertEquals(await tick(), { design: [1, 2] });
  assertEquals(await tick(), {});
});

test("extract() reads a row that changed back at most once", async ({ sql, tick }) => {
  await insert(sql, design, { design_id: 1, design_name: "a" });
  await insert(sql, design, { design_id: 2 });
  assertEquals(await tick(), { design: [1, 2] });
  await sql`UPDATE design SET design_name = 'b' WHERE design_id = 1`;
  await sql`UPDATE design SET design_name = 'a' WHERE design_id = 1`;
  assertEquals(await tick(), { design: [1] });
  assertEquals(await tick(), {});
});

test("extract() reads nothing twice after VACUUM, freezing or a table rewrite", async (source) => {
  const { sql, tick } = source;
  await insert(sql, design, { design_id: 1 });
  assertEquals(await tick(), { design: [1] });
  await insert(sql, design, { design_id: 2 });
  await sql`VACUUM (FREEZE) design`;
  assertEquals(await tick(), { design: [2] });
  await insert(sql, design, { design_id: 3 });
  await sql`VACUUM (FULL, FREEZE) design`;
  assertEquals(await tick(), { design: [3] });
  assertEquals(await tick(), {});
});
