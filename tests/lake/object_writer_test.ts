import { assert, assertEquals, assertRejects } from "@std/assert";
import { LakeError } from "../../sdk/errors.ts";
import { readObject } from "../../sdk/lake/data_objects.ts";
import { ObjectWriter } from "../../sdk/lake/object_writer.ts";
import { type ObjectStore, readAll } from "../../sdk/lake/store.ts";
import { testLake } from "../support/lake.ts";
import { slowStore } from "./slow_store.ts";

const SMALL = 1_000;
const LARGE = 3 * 2 ** 20;

function test(name: string, body: (store: ObjectStore) => Promise<void>): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    await body(lake.ingestion);
  });
}

/** Yields so many bytes, all of them in one buffer that is used again. */
async function* bytes(count: number, fill: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(700);
  for (let left = count; left > 0; left -= buffer.length) {
    yield await Promise.resolve(buffer.fill(fill).subarray(0, left));
  }
  buffer.fill(0);
}

test("small objects are on their way side by side, and a commit can wait for them", async (store) => {
  const slow = slowStore(store);
  await using objects = new ObjectWriter(slow.store);
  const written = [];
  for (const fill of [1, 2, 3]) {
    written.push(await objects.write(`object/${fill}`, bytes(SMALL, fill), () => fill));
  }
  assertEquals(slow.running, 3);
  slow.release();
  await objects.settle();
  for (const [place, object] of written.entries()) {
    assertEquals([object?.rows, object?.bytes], [place + 1, SMALL]);
    for await (const chunk of readObject(store, object!)) {
      assert(chunk.every((byte) => byte === place + 1));
    }
  }
});

test("at most eight small objects are on their way", async (store) => {
  const slow = slowStore(store);
  await using objects = new ObjectWriter(slow.store);
  const writing = Promise.all(
    Array.from({ length: 12 }, (_, n) => n)
      .map((n) => objects.write(`object/${n}`, bytes(SMALL, n), () => 1)),
  );
  await slow.quiet();
  assert(slow.running <= 8, `${slow.running} at once`);
  slow.release();
  await writing;
  await objects.settle();
  assertEquals((await Array.fromAsync(store.list("object/"))).length, 12);
});

test("a large object is streamed, and written when write() returns", async (store) => {
  await using objects = new ObjectWriter(store);
  const object = await objects.write("large", bytes(LARGE, 7), () => 9);
  assertEquals([object?.rows, object?.bytes], [9, LARGE]);
  assertEquals((await readAll(store, "large")).length, LARGE);
  for await (const chunk of readObject(store, object!)) assert(chunk.every((byte) => byte === 7));
});

test("no bytes are no object", async (store) => {
  await using objects = new ObjectWriter(store);
  assertEquals(await objects.write("empty", bytes(0, 1), () => 0), null);
  await objects.settle();
  assertEquals(await Array.fromAsync(store.list("")), []);
});

test("settle() throws if one of the objects could not be written", async (store) => {
  await store.put("taken", new Uint8Array(1));
  await using objects = new ObjectWriter(store);
  assert(await objects.write("taken", bytes(SMALL, 1), () => 1));
  await objects.write("free", bytes(SMALL, 1), () => 1);
  await assertRejects(() => objects.settle(), LakeError, "taken already exists in");
  await assertRejects(() => objects.settle(), LakeError, "taken already exists in");
  await assertRejects(() => objects.write("next", bytes(SMALL, 1), () => 1), LakeError, "taken");
});

test("write() of a large object throws if its key is taken", async (store) => {
  await store.put("taken", new Uint8Array(1));
  await using objects = new ObjectWriter(store);
  await assertRejects(() => objects.write("taken", bytes(LARGE, 1), () => 1), LakeError, "taken");
});

test("an error of the chunks is thrown unchanged, and nothing is left on its way", async (store) => {
  const failure = new TypeError("the source went away");
  const slow = slowStore(store);
  const failing = async () => {
    await using objects = new ObjectWriter(slow.store);
    await objects.write("first", bytes(SMALL, 1), () => 1);
    await objects.write("second", broken(failure), () => 1);
  };
  const ended = assertRejects(failing);
  await slow.quiet();
  assertEquals(slow.running, 1);
  slow.release();
  assert(await ended === failure);
  assertEquals(slow.running, 0);
  assertEquals(await Array.fromAsync(store.list("")), ["first"]);
});

async function* broken(failure: Error): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10);
  await Promise.reject(failure);
}
