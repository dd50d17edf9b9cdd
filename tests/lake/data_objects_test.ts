import { assert, assertEquals, assertRejects } from "@std/assert";
import { DamagedObjectError, LakeError } from "../../sdk/errors.ts";
import { readObject, writeObject } from "../../sdk/lake/data_objects.ts";
import { fileStore } from "../../sdk/lake/file_store.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

function test(name: string, body: (store: ObjectStore, path: string) => Promise<void>): void {
  Deno.test(name, async () => {
    await using folder = await temporaryFolder();
    await body(fileStore(folder.url), folder.path);
  });
}

/** Chunks, and whether their source was closed. */
function source(...texts: string[]) {
  const state = { closed: false };
  const chunks = async function* () {
    try {
      for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text));
    } finally {
      state.closed = true;
    }
  };
  return { chunks: chunks(), state };
}

test("writeObject() returns rows, bytes and SHA-256", async (store) => {
  let rows = 0;
  const chunks = async function* () {
    for await (const chunk of source("", "he", "", "llo").chunks) {
      rows += chunk.length;
      yield chunk;
    }
  };
  const object = await writeObject(store, "a", chunks(), () => rows);
  assertEquals(object, { key: "a", rows: 5, bytes: 5, sha256: HELLO });
  assertEquals(
    await new Blob(await Array.fromAsync(readObject(store, object!)) as BlobPart[]).text(),
    "hello",
  );
});

test("writeObject() of no bytes writes no object", async (store) => {
  assertEquals(await writeObject(store, "a", source("", "").chunks, () => 0), null);
  assertEquals(await writeObject(store, "a", source().chunks, () => 0), null);
  assertEquals(await Array.fromAsync(store.list("")), []);
});

test("writeObject() of an existing key is a LakeError", async (store) => {
  await writeObject(store, "a", source("hello").chunks, () => 1);
  const { chunks, state } = source("other");
  await assertRejects(
    () => writeObject(store, "a", chunks, () => 1),
    LakeError,
    "a already exists in",
  );
  assert(state.closed);
});

test("writeObject() closes its source when the put fails", async (store) => {
  const { chunks, state } = source("hello", "more");
  await assertRejects(() => writeObject(store, "../a", chunks, () => 1), LakeError);
  assert(state.closed);
});

test("writeObject() throws the error of its source and writes no object", async (store) => {
  const failure = new TypeError("the source went away");
  const chunks = async function* () {
    yield new Uint8Array(10);
    await Promise.reject(failure);
  };
  const error = await assertRejects(() => writeObject(store, "a", chunks(), () => 1));
  assert(error === failure);
  assertEquals(await Array.fromAsync(store.list("")), []);
});

for (const [how, found] of [["changed", "hellO"], ["cut", "hell"], ["lengthened", "hello!"]]) {
  test(
    `readObject() of an object that was ${how} names what it expected and found`,
    async (store, path) => {
      const object = await writeObject(store, "a", source("hello").chunks, () => 1);
      await Deno.writeTextFile(`${path}/a`, found);
      const error = await assertRejects(
        () => Array.fromAsync(readObject(store, object!)),
        DamagedObjectError,
      );
      for (const part of ["a in file:///", "5 bytes", HELLO, `found ${found.length} bytes`]) {
        assert(error.message.includes(part), `${error.message} does not contain ${part}`);
      }
    },
  );
}

test("readObject() of a deleted object is a DamagedObjectError", async (store) => {
  const object = { key: "gone", rows: 1, bytes: 5, sha256: HELLO };
  await assertRejects(() => Array.fromAsync(readObject(store, object)), DamagedObjectError, "gone");
});
