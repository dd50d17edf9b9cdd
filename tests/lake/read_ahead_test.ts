import { assert, assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { DamagedObjectError } from "../../sdk/errors.ts";
import type { DataObject } from "../../sdk/lake/commit.ts";
import { readObject, writeObject } from "../../sdk/lake/data_objects.ts";
import { ReadAhead } from "../../sdk/lake/read_ahead.ts";
import { type ObjectStore, readAll } from "../../sdk/lake/store.ts";
import { testLake } from "../support/lake.ts";
import { ingestionCommit } from "./commits.ts";
import { counted } from "./counted_store.ts";
import { slowStore } from "./slow_store.ts";

function test(name: string, body: (store: ObjectStore) => Promise<void>): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    await body(lake.ingestion);
  });
}

/** Writes an object of each size, and returns the commit that names them: `a`, `b` and so on. */
async function commitOf(store: ObjectStore, ...sizes: readonly number[]) {
  const tables: Record<string, DataObject> = {};
  for (const [place, size] of sizes.entries()) {
    const name = String.fromCharCode(97 + place);
    const bytes = new Uint8Array(size).fill(place + 1);
    tables[name] = (await writeObject(store, name, ReadableStream.from([bytes]), () => 1))!;
  }
  return { ...ingestionCommit(1), tables };
}

test("the small objects of a commit are read at once, side by side, and each once", async (store) => {
  const commit = await commitOf(store, 10, 20, 30);
  const { store: counting, asked } = counted(store);
  const slow = slowStore(counting);
  await using ahead = new ReadAhead(slow.store, commit);
  await slow.quiet();
  assertEquals(slow.running, 3);
  slow.release();
  for (let i = 0; i < 2; i++) {
    for (const [place, object] of Object.values(commit.tables).entries()) {
      const chunks = await Array.fromAsync(readObject(ahead, object));
      assertEquals(chunks, [new Uint8Array(object.bytes).fill(place + 1)]);
    }
  }
  assertEquals(asked.get, 3);
});

test("a large object is read when it is needed, and so are others once 8 MiB are kept", async (store) => {
  const mebibytes = Array.from({ length: 9 }, () => 2 ** 20);
  const commit = await commitOf(store, 2 ** 20 + 1, ...mebibytes);
  const { store: counting, asked } = counted(store);
  await using ahead = new ReadAhead(counting, commit);
  assertEquals(asked.get, 8);
  for (const object of Object.values(commit.tables)) {
    assertEquals((await readAll(ahead, object.key)).length, object.bytes);
  }
  assertEquals(asked.get, 10);
});

test("other objects, ranges, puts and lists are those of the store", async (store) => {
  const commit = await commitOf(store, 10);
  await using ahead = new ReadAhead(store, commit);
  assertEquals(ahead.url, store.url);
  assertEquals(await ahead.put("other", new Uint8Array(5)), true);
  assertEquals((await readAll(ahead, "other")).length, 5);
  assertEquals(await Array.fromAsync(ahead.list("")), ["a", "other"]);
  const [range] = await Array.fromAsync(ahead.get("a", { start: 2, end: 5 }));
  assertEquals(range.length, 3);
});

for (
  const [how, damage] of [
    ["missing", Deno.removeSync],
    ["changed", (path: string) => Deno.writeFileSync(path, new Uint8Array(10))],
    ["longer", (path: string) => Deno.writeFileSync(path, new Uint8Array(11).fill(1))],
  ] as const
) {
  test(`an object that is ${how} is a DamagedObjectError once it is read`, async (store) => {
    const commit = await commitOf(store, 10, 20);
    damage(`${fileURLToPath(store.url)}/a`);
    await using ahead = new ReadAhead(store, commit);
    assertEquals((await Array.fromAsync(readObject(ahead, commit.tables.b))).length, 1);
    for (let i = 0; i < 2; i++) {
      const error = await assertRejects(
        () => Array.fromAsync(readObject(ahead, commit.tables.a)),
        DamagedObjectError,
      );
      assert(error.message.startsWith("a "));
    }
  });
}

test("disposing waits for what is being read, even if it fails", async (store) => {
  const commit = await commitOf(store, 10, 20);
  await Deno.remove(`${fileURLToPath(store.url)}/b`);
  const slow = slowStore(store);
  const ahead = new ReadAhead(slow.store, commit);
  await slow.quiet();
  const disposed = ahead[Symbol.asyncDispose]();
  slow.release();
  await disposed;
  assertEquals(slow.running, 0);
});
