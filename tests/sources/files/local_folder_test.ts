import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";
import {
  ChangedDocumentError,
  ConfigurationError,
  RefusedDocumentError,
  SourceError,
} from "../../../sdk/errors.ts";
import type { FileVersion } from "../../../sdk/sources/files/folder.ts";
import { localFolder } from "../../../sdk/sources/files/local_folder.ts";
import { openFolder } from "../../../sdk/sources/files/open_folder.ts";
import { folderConformance } from "../../conformance/folder.ts";
import { type TemporaryFolder, temporaryFolder } from "../../lake/temporary_folder.ts";
import { slowTest } from "../../support/slow.ts";

const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

async function put(path: string, content: string | Uint8Array = ""): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
}

folderConformance("local", async () => {
  const folder = await temporaryFolder();
  return {
    folder: openFolder(folder.url),
    async put(name, content) {
      // Deno knows the time of a change in milliseconds: a file must be older before it is read.
      await new Promise((resolve) => setTimeout(resolve, 2));
      await put(`${folder.path}/${name}`, content);
    },
    remove: (name) => Deno.remove(`${folder.path}/${name}`),
    async close() {
      await folder[Symbol.asyncDispose]();
    },
  };
});

async function names({ url }: TemporaryFolder): Promise<string[]> {
  const files = await Array.fromAsync(openFolder(url).list(() => true));
  return files.map(({ name }) => name);
}

async function text(folder: TemporaryFolder, file: FileVersion): Promise<string> {
  return await new Response(ReadableStream.from(openFolder(folder.url).read(file))).text();
}

async function only(folder: TemporaryFolder): Promise<FileVersion> {
  const [file] = await Array.fromAsync(openFolder(folder.url).list(() => true));
  return file;
}

Deno.test("a link, a pipe and a folder are no files, wherever a link leads", async () => {
  await using outside = await temporaryFolder();
  await using folder = await temporaryFolder();
  await put(`${outside.path}/secret.csv`, "secret");
  await put(`${folder.path}/a.csv`, "a");
  await put(`${folder.path}/b.csv/c.csv`, "c");
  await Deno.symlink(`${outside.path}/secret.csv`, `${folder.path}/link.csv`);
  await Deno.symlink(`${folder.path}/a.csv`, `${folder.path}/same.csv`);
  await Deno.symlink(outside.path, `${folder.path}/linked`);
  await Deno.symlink("/nowhere", `${folder.path}/broken.csv`);
  await new Deno.Command("mkfifo", { args: [`${folder.path}/pipe.csv`] }).output();
  assertEquals(await names(folder), ["a.csv", "b.csv/c.csv"]);
  for (const name of ["link.csv", "same.csv", "pipe.csv", "b.csv"]) {
    assertEquals(await openFolder(folder.url).look(name), undefined, name);
  }
});

Deno.test("a name with a line feed is a name like any other", async () => {
  await using folder = await temporaryFolder();
  await put(`${folder.path}/a\nb.csv`, "a");
  assertEquals(await names(folder), ["a\nb.csv"]);
  assertEquals(await text(folder, await only(folder)), "a");
});

Deno.test("a folder that becomes a link after it was listed is not read", async () => {
  await using outside = await temporaryFolder();
  await using folder = await temporaryFolder();
  await put(`${folder.path}/d/a.csv`, "a");
  await put(`${outside.path}/a.csv`, "s");
  const file = await only(folder);
  await Deno.rename(`${folder.path}/d`, `${folder.path}/old`);
  await Deno.symlink(outside.path, `${folder.path}/d`);
  await assertRejects(() => text(folder, file), ChangedDocumentError);
});

Deno.test("a file that becomes a link or a pipe after it was listed is not read", async () => {
  await using folder = await temporaryFolder();
  await put(`${folder.path}/a.csv`, "a");
  const file = await only(folder);
  await Deno.remove(`${folder.path}/a.csv`);
  await Deno.symlink("/etc/passwd", `${folder.path}/a.csv`);
  await assertRejects(() => text(folder, file), ChangedDocumentError);
  await Deno.remove(`${folder.path}/a.csv`);
  await new Deno.Command("mkfifo", { args: [`${folder.path}/a.csv`] }).output();
  await assertRejects(() => text(folder, file), ChangedDocumentError);
});

Deno.test("a name that leads out of the folder is not read", async () => {
  await using folder = await temporaryFolder();
  await put(`${folder.path}/in/a.csv`, "a");
  await put(`${folder.path}/secret.csv`, "s");
  const inner = localFolder(`${folder.path}/in`);
  const file = { name: "../secret.csv", version: "1", bytes: 1, modified: new Date() };
  await assertRejects(() => Array.fromAsync(inner.read(file)), ChangedDocumentError);
});

Deno.test("the folder itself can be a link", async () => {
  await using folder = await temporaryFolder();
  await put(`${folder.path}/real/a.csv`, "a");
  await Deno.symlink(`${folder.path}/real`, `${folder.path}/link`);
  const link = localFolder(`${folder.path}/link`);
  const [file] = await Array.fromAsync(link.list(() => true));
  assertEquals(await new Response(ReadableStream.from(link.read(file))).text(), "a");
});

Deno.test("a version changes although the file's time is set back", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.csv`;
  await put(path, "1");
  await Deno.utime(path, 1_000_000_000, 1_000_000_000);
  const before = await only(folder);
  await Deno.rename(path, `${path}.tmp`);
  await put(path, "2");
  await Deno.utime(path, 1_000_000_000, 1_000_000_000);
  const after = await only(folder);
  assertEquals(after.modified, before.modified);
  assertEquals(after.version === before.version, false);
});

Deno.test("a file that grows while it is read throws at its end", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.csv`;
  await put(path, new Uint8Array(600_000));
  const chunks = openFolder(folder.url).read(await only(folder))[Symbol.asyncIterator]();
  await chunks.next();
  await Deno.writeTextFile(path, "more", { append: true });
  await assertRejects(async () => {
    while (!(await chunks.next()).done);
  }, ChangedDocumentError);
});

Deno.test("a missing folder is an error that says what to do", async () => {
  await using folder = await temporaryFolder();
  const missing = { ...folder, url: `${folder.url}/none` };
  const error = await assertRejects(() => names(missing), SourceError);
  assertStringIncludes(error.next!.advice!, "create the folder");
});

Deno.test({
  name: "a file without the right to read it is refused, and a folder is an error",
  ignore: isRoot || Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    await put(`${folder.path}/a.csv`, "a");
    const file = await only(folder);
    await Deno.chmod(`${folder.path}/a.csv`, 0);
    const changed = await only(folder);
    assertEquals(changed.name, file.name);
    await assertRejects(() => text(folder, changed), RefusedDocumentError);
    await Deno.mkdir(`${folder.path}/d`, { mode: 0 });
    await assertRejects(() => names(folder), SourceError);
  },
});

Deno.test("openFolder() refuses an address of another kind without repeating it", () => {
  for (const url of ["", "hush", "https://hush", "file:hush", "s3://", "s3://u:hush@b/x"]) {
    try {
      openFolder(url);
      throw new Error(`${url} is accepted`);
    } catch (error) {
      assertEquals(error instanceof ConfigurationError, true, String(error));
      assertEquals((error as Error).message.includes("hush"), false);
      assertStringIncludes((error as Error).message, "the files");
    }
  }
});

slowTest("a folder of 100,000 files is listed within seconds and 256 MB", async () => {
  await using folder = await temporaryFolder();
  const name = (n: number) => `${n % 100}/${n}.csv`;
  for (let n = 0; n < 100; n++) await Deno.mkdir(`${folder.path}/${n}`);
  for (let n = 0; n < 100_000; n++) Deno.writeTextFileSync(`${folder.path}/${name(n)}`, `${n}`);
  const before = performance.now();
  let count = 0;
  for await (const { bytes } of openFolder(folder.url).list(() => true)) count += bytes > 0 ? 1 : 0;
  assertEquals(count, 100_000);
  const elapsed_ms = performance.now() - before;
  console.log(`100,000 files in ${Math.round(elapsed_ms)} ms`);
  assertEquals(elapsed_ms < 60_000, true, `${elapsed_ms} ms`);
});
