/**
 * The tests that every folder of files passes.
 *
 * @module
 */
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { ChangedDocumentError } from "../../sdk/errors.ts";
import type { FileFolder, FileVersion } from "../../sdk/sources/files/folder.ts";

/** An empty folder, and what others do to it. */
export interface OpenedFolder {
  readonly folder: FileFolder;
  /** Writes a file, or replaces it. */
  put(name: string, content: Uint8Array): Promise<void>;
  /** Deletes a file. */
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Names that are awkward and allowed. */
const NAMES = [
  "a b+c.csv",
  "a%20b.csv",
  "été/ü 😀.csv",
  "quote\"'&<>.csv",
  "x/y/z.csv",
  "x?#*.csv",
];

/** Registers the tests. `open` is called once per test. */
export function folderConformance(
  name: string,
  open: () => Promise<OpenedFolder>,
  register: (name: string, body: () => Promise<void>) => void = Deno.test,
): void {
  const test = (behaviour: string, body: (opened: OpenedFolder) => Promise<void>) =>
    register(`${name} folder: ${behaviour}`, async () => {
      const opened = await open();
      try {
        await body(opened);
      } finally {
        await opened.close();
      }
    });

  test("list() yields every file with its size, in the order of names", async (opened) => {
    for (const name of NAMES.toReversed()) await opened.put(name, bytes(name));
    const files = await listed(opened.folder);
    assertEquals(files.map(({ name }) => name), NAMES.toSorted());
    for (const file of files) {
      assertEquals(file.bytes, bytes(file.name).length);
      assertEquals(Math.abs(file.modified.getTime() - Date.now()) < 60_000, true);
      assertEquals(await text(opened.folder, file), file.name);
    }
  });

  test("list() yields what is wanted, and no hidden or temporary name", async ({ folder, put }) => {
    const passing = [".a", ".b/c", "d/.e", "f.tmp", "g.part", "h.PARTIAL/i", "~j", "k~", "l.swp"];
    for (const name of [...passing, "m", "n.tmpl", "o"]) await put(name, bytes(name));
    const files = await Array.fromAsync(folder.list((name) => name !== "o"));
    assertEquals(files.map(({ name }) => name), ["m", "n.tmpl"]);
  });

  test("look() returns what list() yields, and undefined without a file", async (opened) => {
    await opened.put("d/a", bytes("1"));
    const [file] = await listed(opened.folder);
    assertEquals({ ...await opened.folder.look("d/a"), modified: 0 }, { ...file, modified: 0 });
    for (const name of ["b", "d", "d/a/b", "../d/a", "d/../d/a"]) {
      assertEquals(await opened.folder.look(name), undefined, name);
    }
  });

  test("a version changes with the content, even if the size does not", async (opened) => {
    await opened.put("a", bytes("1"));
    const [before] = await listed(opened.folder);
    await opened.put("a", bytes("2"));
    const after = await opened.folder.look("a");
    assertNotEquals(after?.version, before.version);
  });

  test("read() returns a range of a file", async ({ folder, put }) => {
    await put("a", bytes("0123456789"));
    const [file] = await listed(folder);
    for (const [start, end] of [[0, 10], [3, 5], [9, 10], [4, 4]]) {
      assertEquals(await text(folder, file, { start, end }), "0123456789".slice(start, end));
    }
  });

  test("read() of an empty file returns nothing", async ({ folder, put }) => {
    await put("a", bytes(""));
    const [file] = await listed(folder);
    assertEquals([file.bytes, await text(folder, file)], [0, ""]);
  });

  test("read() throws when the file is another version, or was deleted", async (opened) => {
    await opened.put("a", bytes("1"));
    const [file] = await listed(opened.folder);
    await opened.put("a", bytes("2"));
    await assertRejects(() => text(opened.folder, file), ChangedDocumentError);
    await opened.remove("a");
    await assertRejects(() => text(opened.folder, file), ChangedDocumentError);
  });

  test("read() of a large file never mixes two versions", async (opened) => {
    const size = 3 * 2 ** 20;
    await opened.put("a", new Uint8Array(size).fill(1));
    const [file] = await listed(opened.folder);
    const chunks = opened.folder.read(file)[Symbol.asyncIterator]();
    const first = await chunks.next();
    await opened.put("a", new Uint8Array(size).fill(2));
    const seen = new Set<number>(first.value);
    try {
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        for (const byte of new Set(next.value)) seen.add(byte);
      }
      assertEquals([...seen], [1]);
    } catch (error) {
      assertEquals(error instanceof ChangedDocumentError, true, String(error));
    }
  });
}

async function listed(folder: FileFolder): Promise<FileVersion[]> {
  return await Array.fromAsync(folder.list(() => true));
}

async function text(folder: FileFolder, ...args: Parameters<FileFolder["read"]>): Promise<string> {
  return await new Response(ReadableStream.from(folder.read(...args))).text();
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
