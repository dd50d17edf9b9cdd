/**
 * The tests that every object store passes:
 *
 * ```ts
 * storeConformance("file", async () => ({ store: fileStore(url), close: async () => {} }));
 * ```
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DamagedObjectError, LakeError } from "../../sdk/errors.ts";
import type { ByteRange, ObjectStore } from "../../sdk/lake/store.ts";

/** An empty store and its cleanup. */
export interface OpenedStore {
  /** The store under test, empty. */
  readonly store: ObjectStore;
  /** Removes the store and its contents. */
  close(): Promise<void>;
}

/**
 * Registers the tests. `name` begins every test name, `open` is called once per test, and `register`
 * declares a test: `Deno.test` by default.
 */
export function storeConformance(
  name: string,
  open: () => Promise<OpenedStore>,
  register: (name: string, body: () => Promise<void>) => void = Deno.test,
): void {
  const test = (behaviour: string, body: (store: ObjectStore) => Promise<void>) =>
    register(`${name}: ${behaviour}`, async () => {
      const { store, close } = await open();
      try {
        await body(store);
      } finally {
        await close();
      }
    });
  putTests(test);
  getTests(test);
  listTests(test);
  keyTests(test);
}

type Register = (behaviour: string, body: (store: ObjectStore) => Promise<void>) => void;

function putTests(test: Register): void {
  test("put() writes what get() reads", async (store) => {
    assertEquals(await store.put("a/b", bytes("hello")), true);
    assertEquals(await read(store, "a/b"), bytes("hello"));
  });

  test("put() joins the chunks of a stream, including empty ones", async (store) => {
    assertEquals(await store.put("a", stream("he", "", "llo")), true);
    assertEquals(await read(store, "a"), bytes("hello"));
  });

  test("put() writes a chunk before it requests the next", async (store) => {
    const chunk = new Uint8Array(4);
    await store.put(
      "a",
      async function* () {
        for (let round = 1; round <= 3; round++) yield chunk.fill(round);
      }(),
    );
    assertEquals(await read(store, "a"), Uint8Array.of(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3));
  });

  test("put() of a taken key returns false and changes nothing", async (store) => {
    await store.put("a/b", bytes("first"));
    assertEquals(await store.put("a/b", bytes("second, longer")), false);
    assertEquals(await store.put("a/b", stream("third")), false);
    assertEquals(await read(store, "a/b"), bytes("first"));
    assertEquals(await keys(store.list("")), ["a/b"]);
  });

  test("put() of one key many times at once succeeds exactly once", async (store) => {
    for (let round = 0; round < 20; round++) {
      const key = `_log/${round}.json`;
      const bodies = Array.from({ length: 4 }, (_, index) => `writer ${index} `.repeat(1_000));
      const won = await Promise.all(bodies.map((body) => store.put(key, stream(body))));
      assertEquals(won.filter(Boolean).length, 1);
      assertEquals(await read(store, key), bytes(bodies[won.indexOf(true)]));
    }
  });

  test("put() whose body fails writes no object and throws the body's error", async (store) => {
    const failure = new RangeError("the source went away");
    const error = await assertRejects(() =>
      store.put(
        "a/b",
        async function* () {
          yield new Uint8Array(1_000_000);
          await Promise.resolve();
          throw failure;
        }(),
      )
    );
    assert(error === failure, `expected the body's own error, got ${error}`);
    assertEquals(await keys(store.list("")), []);
    await assertRejects(() => read(store, "a/b"), LakeError);
    assertEquals(await store.put("a/b", bytes("again")), true);
  });

  test("put() shows no object before it is complete", async (store) => {
    await store.put(
      "a",
      async function* () {
        yield bytes("half");
        assertEquals(await keys(store.list("")), []);
        await assertRejects(() => read(store, "a"), LakeError);
        yield bytes("whole");
      }(),
    );
    assertEquals(await read(store, "a"), bytes("halfwhole"));
  });

  test("put() stores an empty object", async (store) => {
    assertEquals(await store.put("bytes", new Uint8Array()), true);
    assertEquals(await store.put("stream", stream()), true);
    assertEquals(await read(store, "bytes"), new Uint8Array());
    assertEquals(await read(store, "stream"), new Uint8Array());
    assertEquals(await store.put("bytes", bytes("x")), false);
    assertEquals(await keys(store.list("")), ["bytes", "stream"]);
  });

  test("put() and get() stream an object of 20 MB", async (store) => {
    const whole = pattern(20_000_000);
    const body = async function* () {
      for (let at = 0; at < whole.length; at += 300_007) yield whole.subarray(at, at + 300_007);
    };
    assertEquals(await store.put("large", body()), true);
    let at = 0;
    let largest = 0;
    for await (const chunk of store.get("large")) {
      assert(same(chunk, whole.subarray(at, at + chunk.length)), `differs after byte ${at}`);
      at += chunk.length;
      largest = Math.max(largest, chunk.length);
    }
    assertEquals(at, whole.length);
    assert(largest < 5_000_000, `a chunk of ${largest} bytes is no streaming`);
  });
}

function getTests(test: Register): void {
  const ranges: [string, ByteRange][] = [
    ["the full object", { start: 0, end: 1_000_000 }],
    ["its first byte", { start: 0, end: 1 }],
    ["its last byte", { start: 999_999, end: 1_000_000 }],
    ["a part in the middle", { start: 123_456, end: 876_543 }],
    ["no bytes", { start: 500, end: 500 }],
  ];
  for (const [part, range] of ranges) {
    test(`get() of a range reads ${part}`, async (store) => {
      const whole = pattern(1_000_000);
      await store.put("a", whole);
      assert(same(await read(store, "a", range), whole.subarray(range.start, range.end)));
    });
  }

  test("get() of a range beyond the end is a DamagedObjectError", async (store) => {
    await store.put("a", bytes("hello"));
    await assertRejects(() => read(store, "a", { start: 0, end: 6 }), DamagedObjectError, "a");
    await assertRejects(() => read(store, "a", { start: 10, end: 20 }), DamagedObjectError, "a");
    await assertRejects(() => read(store, "a", { start: 6, end: 6 }), DamagedObjectError, "a");
  });

  test("get() of an invalid range is a LakeError", async (store) => {
    await store.put("a", bytes("hello"));
    await assertRejects(() => read(store, "a", { start: 3, end: 2 }), LakeError);
    await assertRejects(() => read(store, "a", { start: -1, end: 2 }), LakeError);
    await assertRejects(() => read(store, "a", { start: 0.5, end: 2 }), LakeError);
  });

  test("get() of a missing key is a DamagedObjectError that names it", async (store) => {
    await assertRejects(() => read(store, "no/such"), DamagedObjectError, "no/such");
    await store.put("folder/object", bytes("x"));
    await assertRejects(() => read(store, "folder"), DamagedObjectError, "folder");
    await assertRejects(
      () => read(store, "folder/object/below"),
      DamagedObjectError,
      "folder/object/below",
    );
  });

  test("get() can be abandoned and started again", async (store) => {
    const whole = pattern(2_000_000);
    await store.put("a", whole);
    for await (const _ of store.get("a")) break;
    assert(same(await read(store, "a"), whole));
  });
}

function listTests(test: Register): void {
  /** In the order of UTF-8 bytes, which differs from the order of folders and of UTF-16. */
  const ordered = [
    "B",
    "a b/1",
    "a-b",
    "a.c",
    "a/b",
    "a/b.d",
    "a/bc/d",
    "a0",
    "aa/b/c/d",
    "b/%2F",
    "b/2026/11/21/x",
    "b/é",
    "b/\u{FF5E}",
    "b/😀/x",
  ];

  test("list() is empty in an empty store", async (store) => {
    assertEquals(await keys(store.list("")), []);
    assertEquals(await keys(store.list("_log/", "_log/1")), []);
  });

  test("list() yields keys in the order of their UTF-8 bytes", async (store) => {
    await putAll(store, ordered.toReversed());
    assertEquals(await keys(store.list("")), ordered);
  });

  test("list() yields the keys with a prefix, which can end in the middle of a name", async (store) => {
    await putAll(store, ordered);
    for (
      const prefix of ["a", "a/", "a/b", "a/bc/", "b/2026/1", "b/😀", "aa/b/c/d", "c", "/", ".."]
    ) {
      assertEquals(
        await keys(store.list(prefix)),
        ordered.filter((key) => key.startsWith(prefix)),
        `prefix ${prefix}`,
      );
    }
  });

  test("list() starts after a given key, whether it exists or not", async (store) => {
    await putAll(store, ordered);
    for (const [index, key] of ordered.entries()) {
      assertEquals(await keys(store.list("", key)), ordered.slice(index + 1), `after ${key}`);
    }
    assertEquals(await keys(store.list("", "a/")), ordered.slice(ordered.indexOf("a/b")));
    assertEquals(await keys(store.list("", "a/bb")), ordered.slice(ordered.indexOf("a/bc/d")));
    assertEquals(await keys(store.list("", "zzz")), []);
    assertEquals(await keys(store.list("a/b", "a/b.d")), ["a/bc/d"]);
    assertEquals(await keys(store.list("a/", "B")), ["a/b", "a/b.d", "a/bc/d"]);
    assertEquals(await keys(store.list("a/", "b")), []);
  });

  test("list() yields 1,200 keys and can be abandoned after the first", async (store) => {
    const many = Array.from(
      { length: 1_200 },
      (_, n) => `_log/${String(n).padStart(12, "0")}.json`,
    );
    await putAll(store, many);
    assertEquals(await keys(store.list("_log/")), many);
    assertEquals(await keys(store.list("_log/", many[1_100])), many.slice(1_101));
    for await (const key of store.list("_log/", many[41])) {
      assertEquals(key, many[42]);
      break;
    }
  });
}

function keyTests(test: Register): void {
  for (
    const key of ["with space", "100%/%41%2F", "ключ/鍵", "q'uo\"te", "plus+&=?#x", "...", "a..b"]
  ) {
    test(`put(), list() and get() accept the key ${key} unchanged`, async (store) => {
      assertEquals(await store.put(key, bytes(key)), true);
      assertEquals(await keys(store.list("")), [key]);
      assertEquals(await keys(store.list(key)), [key]);
      assertEquals(await read(store, key), bytes(key));
    });
  }

  const bad = [
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "../a",
    "a/./b",
    "a/../b",
    "a\\b",
    "a\0b",
    ".tmp/a",
  ];
  for (const key of [...bad, "half a pair \ud800"]) {
    test(`put() and get() refuse the key ${JSON.stringify(key)}`, async (store) => {
      await assertRejects(() => store.put(key, bytes("x")), LakeError);
      await assertRejects(() => read(store, key), LakeError);
      assertEquals(await keys(store.list("")), []);
    });
  }
}

async function putAll(store: ObjectStore, all: readonly string[]): Promise<void> {
  const queue = all.values();
  const worker = async () => {
    for (const key of queue) assertEquals(await store.put(key, bytes(key)), true, key);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function* stream(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) {
    await Promise.resolve();
    yield bytes(text);
  }
}

async function read(store: ObjectStore, key: string, range?: ByteRange): Promise<Uint8Array> {
  const chunks = await Array.fromAsync(store.get(key, range), (chunk) => chunk.slice());
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function keys(listing: AsyncIterable<string>): Promise<string[]> {
  return await Array.fromAsync(listing);
}

/** Returns bytes without a short period, so that a misplaced chunk is noticed. */
function pattern(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (state * 48_271) % 2_147_483_647) & 255);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
