import { assert, assertEquals } from "@std/assert";
import { openDistance } from "../../dev/distance.ts";
import { connect } from "../../sdk/postgres/connection.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import { s3Test, testBucket } from "../support/s3.ts";
import { testDatabase } from "../support/postgres.ts";

const DELAY_MS = 20;

Deno.test("a distance delays every query by a round trip", async () => {
  await using database = await testDatabase();
  await using distance = openDistance({ delay_ms: DELAY_MS });
  await using connection = connect(await distance.to(database.url));
  await connection.query("SELECT 1");
  const started = performance.now();
  const [{ two }] = await connection.query("SELECT 2 AS two");
  const elapsed_ms = performance.now() - started;
  assert(elapsed_ms >= 2 * DELAY_MS, `took ${elapsed_ms} ms`);
  assertEquals(two, 2);
});

Deno.test("a distance counts a trip for each query, and the login as one", async () => {
  await using database = await testDatabase();
  await using distance = openDistance({ delay_ms: 1 });
  await using connection = connect(await distance.to(database.url));
  await connection.query("SELECT 1");
  assertEquals(distance.traffic().trips, 2);
  distance.reset();
  await connection.query("SELECT 'first'");
  await connection.query("SELECT 'second'");
  const { trips, chain, connections, requests } = distance.traffic();
  assertEquals([trips, chain, connections.length], [2, 2, 1]);
  assertEquals(requests.map(({ beginning }) => /SELECT '\w+'/.exec(beginning)?.[0]), [
    "SELECT 'first'",
    "SELECT 'second'",
  ]);
});

Deno.test("a COPY of many packets is one trip in either direction", async () => {
  await using database = await testDatabase();
  await database.sql`CREATE TABLE copied (n integer)`;
  await using distance = openDistance({ delay_ms: 1 });
  await using connection = connect(await distance.to(database.url));
  await connection.query("SELECT 1");
  distance.reset();
  const rows = "7\n".repeat(200_000);
  await connection.copyIn("COPY copied FROM STDIN", chunksOf(rows));
  // The server answers that it is ready for rows, then that it has them.
  assertEquals(distance.traffic().trips, 2);
  assert(distance.traffic().connections[0].sent_bytes > rows.length);
  distance.reset();
  let bytes = 0;
  for await (const chunk of copyOfRows(connection)) bytes += chunk.length;
  assertEquals([bytes, distance.traffic().trips], [rows.length, 1]);
});

function copyOfRows(connection: ReturnType<typeof connect>): AsyncIterable<Uint8Array> {
  return connection.copyOut("COPY copied TO STDOUT");
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let start = 0; start < bytes.length; start += 65_536) {
    yield await Promise.resolve(bytes.subarray(start, start + 65_536));
  }
}

Deno.test("queries side by side are two trips in a chain of one", async () => {
  await using source = await testDatabase();
  await using warehouse = await testDatabase();
  await using distance = openDistance({ delay_ms: DELAY_MS });
  await using one = connect(await distance.to(source.url));
  await using other = connect(await distance.to(warehouse.url));
  await Promise.all([one.query("SELECT 1"), other.query("SELECT 1")]);
  distance.reset();
  await Promise.all([one.query("SELECT 1"), other.query("SELECT 1")]);
  assertEquals(pick(distance.traffic()), { trips: 2, chain: 1 });
  await one.query("SELECT 1");
  await other.query("SELECT 1");
  assertEquals(pick(distance.traffic()), { trips: 4, chain: 3 });
});

function pick({ trips, chain }: { trips: number; chain: number }) {
  return { trips, chain };
}

Deno.test("a server that cannot be reached closes the connection at once", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await using distance = openDistance({ delay_ms: 1 });
  const url = new URL(await distance.to(`http://127.0.0.1:${port}/`));
  using client = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
  assertEquals(await client.read(new Uint8Array(1)), null);
});

Deno.test("closing a distance closes its connections", async () => {
  await using database = await testDatabase();
  const distance = openDistance({ delay_ms: 1 });
  await using connection = connect(await distance.to(database.url));
  await connection.query("SELECT 1");
  await distance.close();
  const error = await connection.query("SELECT 1").catch((error: Error) => error);
  assert(error instanceof Error);
});

s3Test("a distance counts one trip for each request to S3", async () => {
  const { bucket } = await testBucket();
  await using distance = openDistance({ delay_ms: 1 });
  const endpoint = Deno.env.get("AWS_ENDPOINT_URL")!;
  Deno.env.set("AWS_ENDPOINT_URL", (await distance.to(endpoint)).replace(/\/$/, ""));
  try {
    const store = openStore(`s3://${bucket}/far`);
    await store.put("a", new TextEncoder().encode("one"));
    distance.reset();
    await Array.fromAsync(store.list(""));
    const { trips, requests } = distance.traffic();
    assertEquals([trips, requests.length], [1, 1]);
    assert(requests[0].beginning.includes("GET /"), requests[0].beginning);
  } finally {
    Deno.env.set("AWS_ENDPOINT_URL", endpoint);
  }
});
