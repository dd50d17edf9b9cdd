import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { ConfigurationError, LakeError } from "../../sdk/errors.ts";
import { fileStore } from "../../sdk/lake/file_store.ts";
import { storeConformance } from "../conformance/store.ts";
import { temporaryFolder } from "./temporary_folder.ts";

storeConformance("file", async () => {
  const folder = await temporaryFolder();
  return {
    store: fileStore(`${folder.url}/zone`),
    close: async () => await folder[Symbol.asyncDispose](),
  };
});

const text = (value: string) => new TextEncoder().encode(value);

async function names(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
}

Deno.test("put() killed halfway leaves no object, and its key free", async () => {
  await using folder = await temporaryFolder();
  // With permission for the folder of the store only.
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-config",
      "--no-lock",
      `--allow-read=${folder.path}`,
      `--allow-write=${folder.path}`,
      import.meta.resolve("./put_and_hang.ts"),
      folder.url,
    ],
    stdout: "piped",
  }).spawn();
  const output = child.stdout.getReader();
  assertEquals((await output.read()).done, false);
  child.kill("SIGKILL");
  assertEquals((await child.status).signal, "SIGKILL");
  await output.cancel();

  const store = fileStore(folder.url);
  assertEquals(await Array.fromAsync(store.list("")), ["a/whole"]);
  assertEquals((await names(`${folder.path}/.tmp`)).length, 1);
  assertEquals(await store.put("a/half", text("whole now")), true);
  assertEquals(await Array.fromAsync(store.list("")), ["a/half", "a/whole"]);
});

Deno.test("put() leaves nothing in .tmp when it succeeds, fails or finds its key taken", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.url);
  await store.put("a", text("first"));
  await store.put("a", text("second"));
  await assertRejects(() =>
    store.put(
      "b",
      async function* () {
        yield text("x");
        await Promise.reject(new Error("no more"));
      }(),
    )
  );
  assertEquals(await names(`${folder.path}/.tmp`), []);
  assertEquals(await names(folder.path), [".tmp", "a"]);
});

Deno.test("list() ignores files that an earlier process left in .tmp", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/.tmp`);
  await Deno.writeTextFile(`${folder.path}/.tmp/orphan`, "x");
  const store = fileStore(folder.url);
  await store.put("a/.tmp/b", text("not in the store's .tmp"));
  assertEquals(await Array.fromAsync(store.list("")), ["a/.tmp/b"]);
  assertEquals(await Array.fromAsync(store.list(".tmp/")), []);
});

Deno.test("put() creates the folder of the store; list() without the folder yields nothing", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(`${folder.url}/not/yet/`);
  assertEquals(await Array.fromAsync(store.list("")), []);
  assertEquals(await names(folder.path), []);
  assertEquals(await store.put("a/b", text("x")), true);
  assertEquals(await Deno.readTextFile(`${folder.path}/not/yet/a/b`), "x");
});

Deno.test("two stores in one folder see the same objects", async () => {
  await using folder = await temporaryFolder();
  const [one, other] = [fileStore(folder.url), fileStore(new URL(folder.url))];
  const won = await Promise.all([one.put("a", text("1")), other.put("a", text("2"))]);
  assertEquals(won.filter(Boolean).length, 1);
  assertEquals(await Array.fromAsync(other.list("")), await Array.fromAsync(one.list("")));
});

Deno.test("a put to the folder of other keys is refused", async () => {
  await using folder = await temporaryFolder();
  const store = fileStore(folder.url);
  await store.put("a/b", text("x"));
  await assertRejects(() => store.put("a", text("x")), LakeError, "folder of other objects");
  await assertRejects(() => store.put("a/b/c", text("x")), LakeError);
  assertEquals(await Array.fromAsync(store.list("")), ["a/b"]);
});

Deno.test({
  name: "put() without permission is a LakeError that says which to give",
  permissions: { read: true, write: false },
  fn: async () => {
    const store = fileStore("file:///srv/lake");
    const error = await assertRejects(() => store.put("a", text("x")), LakeError);
    assertMatch(error.next?.advice ?? "", /--allow-read=\/srv\/lake --allow-write=\/srv\/lake/);
    assertEquals(error.cause instanceof Deno.errors.NotCapable, true);
  },
});

Deno.test({
  name: "get() and list() without permission are LakeErrors, not missing objects",
  permissions: { read: false, write: false },
  fn: async () => {
    const store = fileStore("file:///srv/lake");
    await assertRejects(() => Array.fromAsync(store.get("a")), LakeError, "cannot read");
    await assertRejects(() => Array.fromAsync(store.list("")), LakeError, "cannot list");
  },
});

for (
  const url of ["file:lake", "file://lake/zone", "lake", "https://example.com/", "file:///a%2Fb"]
) {
  Deno.test(`fileStore() refuses ${url}`, () => {
    assertThrows(() => fileStore(url), ConfigurationError, "file:///");
  });
}
