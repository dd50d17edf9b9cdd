import { assertEquals, assertThrows } from "@std/assert";
import { LakeError } from "../../sdk/errors.ts";
import { processedZone } from "../../sdk/lake/zone.ts";
import { fileStore } from "../../sdk/lake/file_store.ts";
import { dataKey } from "../../sdk/lake/keys.ts";
import { subStore } from "../../sdk/lake/sub_store.ts";
import { storeConformance } from "../conformance/store.ts";
import { processedCommit } from "./commits.ts";
import { temporaryFolder } from "./temporary_folder.ts";

storeConformance("sub-store", async () => {
  const folder = await temporaryFolder();
  const outer = fileStore(folder.url);
  // Objects outside the folder must never be listed.
  await outer.put("_replay-1", new Uint8Array(1)).catch(() => {});
  await outer.put("a/outside", new Uint8Array(1));
  await outer.put("z/outside", new Uint8Array(1));
  return {
    store: subStore(outer, "_replay-1.9f86d081"),
    close: async () => await folder[Symbol.asyncDispose](),
  };
});

const text = (value: string) => new TextEncoder().encode(value);

Deno.test("subStore() has the same objects as a store opened at its URL", async () => {
  await using folder = await temporaryFolder();
  const outer = fileStore(folder.url);
  const inner = subStore(outer, "_replay-1.9f86d081");
  const opened = fileStore(inner.url);
  await inner.put("a/b", text("1"));
  await opened.put("a/c", text("2"));
  for (const store of [inner, opened]) {
    assertEquals(await Array.fromAsync(store.list("")), ["a/b", "a/c"]);
    assertEquals(store.url, `${outer.url}/_replay-1.9f86d081`);
  }
  // The opened store has its own .tmp.
  await Deno.writeTextFile(`${folder.path}/_replay-1.9f86d081/.tmp/orphan`, "x");
  assertEquals(await Array.fromAsync(inner.list("")), ["a/b", "a/c"]);
});

Deno.test("subStore() and the outer zone do not change each other's log", async () => {
  await using folder = await temporaryFolder();
  const outer = fileStore(folder.url);
  const inner = subStore(outer, "_replay-1.9f86d081");
  const log = (store: typeof outer) => processedZone(store).log;
  await log(outer).append(processedCommit(1));
  await log(outer).append(processedCommit(2));
  assertEquals(await log(inner).head(), null);
  await log(inner).append({ ...processedCommit(1), run: "another" });
  assertEquals((await log(outer).head())?.sequence, 2);
  assertEquals((await log(inner).head())?.run, "another");
});

Deno.test("no table has the folder of a replay", () => {
  const key = dataKey({
    table: "_replay-1.9f86d081",
    taken_at: "2026-11-21T03:46:50Z",
    sequence: 1,
    run: "r",
    extension: "parquet",
  });
  assertEquals(key.split("/")[0], "%5Freplay-1.9f86d081");
});

Deno.test("subStore() refuses a folder that is not a valid key", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["", "..", "a//b", "/a", ".tmp"]) {
    assertThrows(() => subStore(fileStore(folder.url), name), LakeError);
  }
});
