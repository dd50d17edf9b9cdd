import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Distance, openDistance } from "../../dev/distance.ts";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import { testDatabase } from "../support/postgres.ts";

function test(
  name: string,
  body: (connection: Connection, distance: Distance) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using database = await testDatabase();
    await using distance = openDistance({ delay_ms: 5 });
    await using connection = connect(await distance.to(database.url));
    await connection.query("SELECT 1");
    distance.reset();
    await body(connection, distance);
  });
}

const numbers = (count: number, what = "i") =>
  `COPY (SELECT ${what} FROM generate_series(1, ${count}) AS i) TO STDOUT`;

/** Returns the lines of a COPY. Its chunks are valid only until the next one. */
async function linesOf(rows: AsyncIterable<Uint8Array>): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of rows) text += decoder.decode(chunk, { stream: true });
  return text.split("\n").slice(0, -1);
}

test(
  "copyOutAll() takes one round trip, with what is called next",
  async (connection, distance) => {
    const copies = connection.copyOutAll([numbers(2), numbers(0), numbers(3, "-i")]);
    const answer = connection.batch(["BEGIN", "SELECT 7 AS seven", "COMMIT"]);
    assertEquals(await Promise.all(copies.map(linesOf)), [["1", "2"], [], ["-1", "-2", "-3"]]);
    assertEquals((await answer)[1][0].seven, 7);
    assertEquals(distance.traffic().trips, 1);
  },
);

test("copyOutAll() can be read one by one", async (connection) => {
  const copies = connection.copyOutAll([numbers(100_000), numbers(100_000, "-i")]);
  const lines: string[][] = [];
  for (const copy of copies) lines.push(await linesOf(copy));
  assertEquals(lines.map((part) => [part.length, part[0], part.at(-1)]), [
    [100_000, "1", "100000"],
    [100_000, "-1", "-100000"],
  ]);
  assertEquals((await connection.query("SELECT 1 AS one"))[0].one, 1);
});

test("copyOutAll() loses nothing when all are read side by side, some slowly", async (connection) => {
  const counts = [200_000, 1, 50_000, 0, 200_000];
  const copies = connection.copyOutAll(counts.map((count) => numbers(count, "i, repeat('x', 40)")));
  const found = await Promise.all(copies.map(async (copy, place) => {
    let lines = 0;
    for await (const chunk of copy) {
      if (place % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
      for (const byte of chunk) if (byte === 10) lines++;
    }
    return lines;
  }));
  assertEquals(found, counts);
  assertEquals((await connection.query("SELECT 1 AS one"))[0].one, 1);
});

test("copyOutAll() throws the error of a statement for it and those behind it only", async (connection) => {
  const copies = connection.copyOutAll([numbers(2), numbers(9, "1/(i-5)"), numbers(2)]);
  const answer = connection.query("SELECT 1");
  const settled = await Promise.allSettled([...copies.map(linesOf), answer]);
  assertEquals(settled[0], { status: "fulfilled", value: ["1", "2"] });
  for (const result of settled.slice(1)) {
    assert(result.status === "rejected");
    assertEquals(result.reason.code, "22012");
  }
});

test("copyOutAll() left early lets the connection close at once", async (connection) => {
  const copies = connection.copyOutAll([numbers(9_000_000), numbers(2)]);
  const second = linesOf(copies[1]);
  const failed = assertRejects(() => second, Error, "abandoned");
  for await (const _ of copies[0]) break;
  await failed;
  const started = performance.now();
  await connection.close();
  assert(performance.now() - started < 2_000);
});
