import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import fc from "fast-check";
import { fileURLToPath } from "node:url";
import { DamagedObjectError, LakeError } from "../../sdk/errors.ts";
import type { IngestionCommit, ProcessedCommit } from "../../sdk/lake/commit.ts";
import { CommitLog } from "../../sdk/lake/commit_log.ts";
import { fileStore } from "../../sdk/lake/file_store.ts";
import { withChecksum } from "../../sdk/lake/checksum.ts";
import { commitKey, sequenceOf } from "../../sdk/lake/keys.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { FORMAT } from "../../sdk/lake/upgrades/upgrades.ts";
import { propertyRuns } from "../support/slow.ts";
import { ingestionCommit, processedCommit } from "./commits.ts";
import { counted } from "./counted_store.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const ingestionLog = (store: ObjectStore) => new CommitLog<IngestionCommit>(store, "ingestion");

/** Runs a test on an empty store. `write` puts the text of a commit there unchanged. */
function test(
  name: string,
  body: (store: ObjectStore, write: (sequence: number, value: unknown) => Promise<void>) => Promise<
    void
  >,
): void {
  Deno.test(name, async () => {
    await using folder = await temporaryFolder();
    await Deno.mkdir(`${folder.path}/_log`);
    await body(
      fileStore(folder.url),
      (sequence, value) =>
        Deno.writeTextFile(
          `${folder.path}/${commitKey(sequence)}`,
          typeof value === "string" ? value : withChecksum(JSON.stringify(value)),
        ),
    );
  });
}

test("append() adds commits that head(), read() and after() return", async (store) => {
  const log = ingestionLog(store);
  assertEquals(await log.head(), null);
  assertEquals(await Array.fromAsync(log.after(0)), []);
  const commits = [1, 2, 3].map(ingestionCommit);
  for (const commit of commits) assertEquals(await log.append(commit), true);
  for (const reader of [log, ingestionLog(store)]) {
    assertEquals(await reader.head(), commits[2]);
    assertEquals(await reader.read(2), commits[1]);
    assertEquals(await Array.fromAsync(reader.after(0)), commits);
    assertEquals(await Array.fromAsync(reader.after(2)), [commits[2]]);
    assertEquals(await Array.fromAsync(reader.after(3)), []);
  }
});

test("append() accepts commits of the processed zone", async (store) => {
  const log = new CommitLog<ProcessedCommit>(store, "processed");
  assertEquals(await log.append(processedCommit(1)), true);
  assertEquals(await new CommitLog<ProcessedCommit>(store, "processed").head(), processedCommit(1));
});

test("append() of a used number returns false and changes nothing", async (store) => {
  const [one, other] = [ingestionLog(store), ingestionLog(store)];
  assertEquals(await one.append(ingestionCommit(1)), true);
  assertEquals(await other.append({ ...ingestionCommit(1), run: "late" }), false);
  assertEquals(await other.head(), ingestionCommit(1));
  assertEquals(await other.append({ ...ingestionCommit(2), run: "late" }), true);
  assertEquals((await one.head())?.run, "late");
});

test("append() by ten runs at once gives each number to one of them", async (store) => {
  const logs = Array.from({ length: 10 }, () => ingestionLog(store));
  for (let sequence = 1; sequence <= 5; sequence++) {
    const won = await Promise.all(
      logs.map((log, run) => log.append({ ...ingestionCommit(sequence), run: `run ${run}` })),
    );
    assertEquals(won.filter(Boolean).length, 1);
    assertEquals((await logs[0].read(sequence)).run, `run ${won.indexOf(true)}`);
  }
});

test("append() refuses to leave a gap", async (store) => {
  const log = ingestionLog(store);
  await assertRejects(() => log.append(ingestionCommit(2)), LakeError, "gap");
  await log.append(ingestionCommit(1));
  await assertRejects(() => log.append(ingestionCommit(3)), LakeError, "there is no 2");
  assertEquals(await Array.fromAsync(store.list("")), [commitKey(1)]);
});

test("append() refuses a malformed commit", async (store) => {
  const log = ingestionLog(store);
  await assertRejects(() => log.append({ ...ingestionCommit(1), run: "" }), LakeError, "run");
  await assertRejects(() => log.append(ingestionCommit(0)), LakeError, "sequence");
  const other = processedCommit(1) as unknown as IngestionCommit;
  await assertRejects(() => log.append(other), LakeError, "zone");
  assertEquals(await Array.fromAsync(store.list("")), []);
});

test("append() after head() makes one request, the put", async (store) => {
  await ingestionLog(store).append(ingestionCommit(1));
  const { store: counting, asked } = counted(store);
  const log = ingestionLog(counting);
  await log.head();
  asked.list = asked.get = 0;
  await log.append(ingestionCommit(2));
  assertEquals(asked.list + asked.get, 0);
});

Deno.test("head() returns the last commit of a log of any length", async () => {
  const growths = fc.array(fc.integer({ min: 0, max: 2_500 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(growths, async (growths) => {
      await using folder = await temporaryFolder();
      await Deno.mkdir(`${folder.path}/_log`);
      const store = fileStore(folder.url);
      const longLived = ingestionLog(store);
      let last = 0;
      for (const growth of growths) {
        for (const end = last + growth; last < end;) {
          const commit = withChecksum(JSON.stringify(ingestionCommit(++last)));
          Deno.writeTextFileSync(`${folder.path}/${commitKey(last)}`, commit);
        }
        assertEquals((await longLived.head())?.sequence ?? 0, last);
        const cold = ingestionLog(fileStore(folder.url));
        assertEquals((await cold.head())?.sequence ?? 0, last);
      }
    }),
    { numRuns: 4, examples: [[[999, 1, 1, 998]], [[1_000, 1_000, 0, 1]], [[2_000, 1_999]]] },
  );
});

test("head() lists once per call and reads once per new commit", async (store) => {
  const writer = ingestionLog(store);
  await writer.append(ingestionCommit(1));
  const { store: counting, asked } = counted(store);
  for (let sequence = 1; sequence <= 3; sequence++) {
    const keys = sequence === 1 ? 1 : 2;
    Object.assign(asked, { list: 0, get: 0, keys: 0 });
    assertEquals((await ingestionLog(counting).head())?.sequence, sequence);
    assertEquals(asked, { list: 1, get: 1, keys, put: 0 });
    assertEquals((await ingestionLog(counting).head())?.sequence, sequence);
    assertEquals(asked, { list: 2, get: 1, keys: keys + 1, put: 0 });
    await writer.append(ingestionCommit(sequence + 1));
  }
});

test("head() does not return a commit that was deleted", async (store, write) => {
  for (const sequence of [1, 2]) await ingestionLog(store).append(ingestionCommit(sequence));
  await Deno.remove(fileURLToPath(`${store.url}/${commitKey(2)}`));
  assertEquals((await ingestionLog(store).head())?.sequence, 1);
  await write(3, ingestionCommit(3));
  await assertRejects(() => ingestionLog(store).head(), LakeError, commitKey(2));
  for (const sequence of [1, 3]) {
    await Deno.remove(fileURLToPath(`${store.url}/${commitKey(sequence)}`));
  }
  assertEquals(await ingestionLog(store).head(), null);
});

test("head() of 8,000 commits lists a fraction of them", async (store, write) => {
  for (let n = 1; n <= 8_000; n++) await write(n, n === 8_000 ? ingestionCommit(n) : "");
  const { store: counting, asked } = counted(store);
  assertEquals((await ingestionLog(counting).head())?.sequence, 8_000);
  assertEquals(asked.list, 2);
  assert(asked.get <= 16, `${asked.get} requests`);
  assert(asked.keys <= 2_020, `${asked.keys} keys`);
});

Deno.test("head() of a log with a gap returns the last commit, or names the missing one", async () => {
  const lengths = fc.integer({ min: 3, max: 20_000 });
  const logs = lengths.chain((last) =>
    fc.tuple(fc.constant(last), fc.integer({ min: 2, max: last - 1 }))
  );
  await fc.assert(
    fc.asyncProperty(logs, async ([last, missing]) => {
      const log = ingestionLog(numbersFrom(1, last, missing));
      const found = await log.head().catch((error) => error);
      if (found instanceof DamagedObjectError) {
        assertStringIncludes(found.message, commitKey(missing));
      } else assertEquals(found.sequence, last);
    }),
    { numRuns: propertyRuns({ quick: 30, all: 300 }) },
  );
});

/** A store with a log of these numbers, except one, in memory. */
function numbersFrom(first: number, last: number, missing: number): ObjectStore {
  const has = (sequence: number) => sequence >= first && sequence <= last && sequence !== missing;
  return {
    url: "file:///numbers",
    put: () => Promise.resolve(false),
    async *get(key, range) {
      const sequence = sequenceOf(key)!;
      if (!has(sequence)) throw new DamagedObjectError(`${key} is missing`, { stage: "lake" });
      const commit = withChecksum(JSON.stringify(ingestionCommit(sequence)));
      if (!range) yield await Promise.resolve(new TextEncoder().encode(commit));
    },
    async *list(_, after = commitKey(0)) {
      for (let sequence = sequenceOf(after) ?? 0; sequence < last;) {
        if (has(++sequence)) yield await Promise.resolve(commitKey(sequence));
      }
    },
  };
}

test("a foreign file in the log's folder is ignored", async (store, write) => {
  const log = ingestionLog(store);
  await log.append(ingestionCommit(1));
  await log.append(ingestionCommit(2));
  for (const key of ["_log/.DS_Store", `${commitKey(1)}.bak`, "_log/notes"]) {
    await store.put(key, new Uint8Array());
  }
  await write(0, "");
  assertEquals((await ingestionLog(store).head())?.sequence, 2);
  assertEquals((await Array.fromAsync(log.after(0))).length, 2);
  assertEquals(await log.append(ingestionCommit(3)), true);
});

test("a missing commit in the log is a LakeError that names it", async (store, write) => {
  for (const sequence of [1, 3]) await write(sequence, ingestionCommit(sequence));
  const log = ingestionLog(store);
  await assertRejects(() => log.head(), LakeError, commitKey(2));
  await assertRejects(() => Array.fromAsync(log.after(0)), LakeError, commitKey(2));
  await assertRejects(() => log.read(2), LakeError, commitKey(2));
});

const { snapshot, ...withoutSnapshot } = ingestionCommit(1);
const malformed: [string, unknown][] = [
  ["that is not JSON", "{"],
  ["that is empty", ""],
  ["that is null", "null"],
  ["of the other zone", processedCommit(1)],
  ["with another number than its key", ingestionCommit(2)],
  ["without a snapshot", withoutSnapshot],
  ["with a time without a zone", {
    ...ingestionCommit(1),
    snapshot: { ...snapshot, taken_at: "now" },
  }],
  ["with a transaction id as a number", {
    ...ingestionCommit(1),
    snapshot: { ...snapshot, xmin: 5 },
  }],
  ["with half a checksum", {
    ...ingestionCommit(1),
    tables: { staff: { key: "a", rows: 1, bytes: 1, sha256: "ab" } },
  }],
];
for (const [how, value] of malformed) {
  test(
    `read() of a commit ${how} is a LakeError that names its key`,
    async (store, write) => {
      await write(1, value);
      await assertRejects(() => ingestionLog(store).read(1), LakeError, commitKey(1));
      await assertRejects(() => ingestionLog(store).head(), LakeError, commitKey(1));
    },
  );
}

test("read() of a later format reports that a newer release wrote it", async (store, write) => {
  await write(1, { format: FORMAT + 1, anything: "else" });
  const error = await assertRejects(() => ingestionLog(store).read(1), LakeError, "newer release");
  assertMatch(error.next?.advice ?? "", /upgrade/);
});

test("read() ignores unknown fields", async (store, write) => {
  const { tables } = ingestionCommit(1);
  await write(1, {
    ...ingestionCommit(1),
    written_on: "a laptop",
    tables: { staff: { ...tables.staff, compression: "none" } },
  });
  const commit = await ingestionLog(store).read(1);
  assertEquals(commit.tables.staff.sha256, tables.staff.sha256);
});

test("a commit with any flipped bit is damaged, or unchanged in content", async (store) => {
  const commit = ingestionCommit(1);
  await ingestionLog(store).append(commit);
  const file = fileURLToPath(`${store.url}/${commitKey(1)}`);
  const bytes = await Deno.readFile(file);
  let found = 0;
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at] ^= 1 << (at % 7);
    await Deno.writeFile(file, flipped);
    const read = await ingestionLog(store).read(1).catch((error) => error);
    if (read instanceof LakeError) found++;
    else assertEquals(read, commit, `byte ${at}`);
  }
  assert(found > bytes.length * 0.9, `${found} of ${bytes.length}`);
});
