import { assert, assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import { DamagedObjectError, LakeError } from "../../sdk/errors.ts";
import type { IngestionCommit } from "../../sdk/lake/commit.ts";
import { CommitLog } from "../../sdk/lake/commit_log.ts";
import { commitKey } from "../../sdk/lake/keys.ts";
import { storesOfRun } from "../../sdk/lake/log_memory.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { testLake } from "../support/lake.ts";
import { ingestionCommit } from "./commits.ts";
import { counted } from "./counted_store.ts";

const logOf = (store: ObjectStore) => new CommitLog<IngestionCommit>(store, "ingestion");

/** Opens the log as a run does, each time in the same run. */
function runOn(store: ObjectStore): () => CommitLog<IngestionCommit> {
  const { ingestion } = storesOfRun({ ingestion: store, processed: store });
  return () => logOf(ingestion);
}

/** Runs a test on the log of an empty store: as others see it, and with counts of a run's requests. */
function test(
  name: string,
  body: (
    others: CommitLog<IngestionCommit>,
    store: ObjectStore,
    asked: ReturnType<typeof counted>["asked"],
  ) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    const { store, asked } = counted(lake.ingestion);
    await body(logOf(lake.ingestion), store, asked);
  });
}

test("a run lists the log once, and reads each commit once", async (others, store, asked) => {
  for (const sequence of [1, 2, 3]) await others.append(ingestionCommit(sequence));
  const log = runOn(store);
  for (let i = 0; i < 3; i++) {
    assertEquals(await log().head(), ingestionCommit(3));
    assertEquals((await Array.fromAsync(log().after(1))).length, 2);
    assertEquals(await log().find(2), ingestionCommit(2));
  }
  assertEquals(asked, { list: 1, get: 2, keys: 3, put: 0 });
});

test("a run knows the commits that it appends, without a request", async (_, store, asked) => {
  const log = runOn(store);
  assertEquals(await log().head(), null);
  for (const sequence of [1, 2]) assertEquals(await log().append(ingestionCommit(sequence)), true);
  assertEquals(await log().head(), ingestionCommit(2));
  assertEquals(await Array.fromAsync(log().after(0)), [1, 2].map(ingestionCommit));
  assertEquals(asked, { list: 1, get: 0, keys: 0, put: 2 });
});

test(
  "the next run starts from the newest commit of the last, and lists once",
  async (_, store, asked) => {
    for (let sequence = 1; sequence <= 3; sequence++) {
      const log = runOn(store);
      assertEquals((await log().head())?.sequence ?? 0, sequence - 1);
      await log().append(ingestionCommit(sequence));
    }
    assertEquals(asked, { list: 3, get: 0, keys: 2, put: 3 });
  },
);

test("a run leaves what others append meanwhile to the next", async (others, store) => {
  const log = runOn(store);
  await log().head();
  await others.append(ingestionCommit(1));
  assertEquals(await log().head(), null);
  assertEquals(await Array.fromAsync(log().after(0)), []);
  assertEquals(await runOn(store)().head(), ingestionCommit(1));
});

test("a run that another was faster than looks again", async (others, store) => {
  const log = runOn(store);
  await log().head();
  const winner = { ...ingestionCommit(1), run: "faster" };
  await others.append(winner);
  assertEquals(await log().append(ingestionCommit(1)), false);
  assertEquals(await log().head(), winner);
  assertEquals(await log().append(ingestionCommit(2)), true);
});

test("a run looks again for a commit after the newest that it knows", async (others, store) => {
  const log = runOn(store);
  await log().head();
  for (const sequence of [1, 2, 3]) await others.append(ingestionCommit(sequence));
  assertEquals(await log().find(2), ingestionCommit(2));
  await others.append(ingestionCommit(4));
  await others.append(ingestionCommit(5));
  assertEquals(await Array.fromAsync(log().after(4)), [ingestionCommit(5)]);
  assertEquals(await log().find(6), null);
});

test(
  "commits that a run appends are checked, and do not change with the caller's",
  async (_, store) => {
    const log = runOn(store);
    const commit = structuredClone(ingestionCommit(1));
    await assertRejects(() => log().append({ ...commit, run: "" }), LakeError, "run");
    await log().append(commit);
    (commit as { run: string }).run = "changed";
    assertEquals(await log().read(1), ingestionCommit(1));
  },
);

test(
  "a run that cannot list the log fails, and tries again when it is asked again",
  async (others, store) => {
    await others.append(ingestionCommit(1));
    let isDown = true;
    const log = runOn({
      ...store,
      list: (prefix, after) => {
        if (isDown) throw new LakeError("the store is down", { stage: "lake" });
        return store.list(prefix, after);
      },
    });
    await assertRejects(() => log().head(), LakeError, "down");
    isDown = false;
    assertEquals(await log().head(), ingestionCommit(1));
  },
);

test("a run remembers the last commits of a long log", async (others, store, asked) => {
  for (let sequence = 1; sequence <= 40; sequence++) await others.append(ingestionCommit(sequence));
  const log = runOn(store);
  assertEquals((await Array.fromAsync(log().after(0))).length, 40);
  asked.get = 0;
  assertEquals((await Array.fromAsync(log().after(30))).length, 10);
  assertEquals(asked.get, 0);
  assertEquals(await log().read(1), ingestionCommit(1));
  assert(asked.get > 0);
});

test("a run notices that a commit it has not read is missing", async (others, store) => {
  for (const sequence of [1, 2, 3]) await others.append(ingestionCommit(sequence));
  const log = runOn(store);
  await log().head();
  await Deno.remove(`${fileURLToPath(store.url)}/${commitKey(2)}`);
  const error = await assertRejects(() => Array.fromAsync(log().after(0)), DamagedObjectError);
  assert(error.message.includes(commitKey(2)));
});

test("outside of a run, every call looks", async (others, store, asked) => {
  const log = logOf(store);
  for (const sequence of [1, 2]) {
    await others.append(ingestionCommit(sequence));
    assertEquals((await log.head())?.sequence, sequence);
    assertEquals((await Array.fromAsync(log.after(0))).length, sequence);
  }
  assertEquals([asked.list, asked.get], [4, 5]);
});
