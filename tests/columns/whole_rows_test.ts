import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { wholeRows } from "../../sdk/columns/whole_rows.ts";
import { chunksOf, cuts } from "./rows.ts";

const broken = (how: string) => new Error(`the input ${how}`);

async function read(whole: Uint8Array, cuts: readonly number[] = []): Promise<string[]> {
  const texts: string[] = [];
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for await (const rows of wholeRows(chunksOf(whole, cuts), broken)) {
    texts.push(decoder.decode(rows));
  }
  return texts;
}

Deno.test("wholeRows() yields whole rows for any chunk boundaries", async () => {
  const line = fc.string({ unit: "binary", maxLength: 20 })
    .map((text) => text.toWellFormed().replaceAll("\n", "") + "\n");
  await fc.assert(fc.asyncProperty(fc.array(line), cuts, async (lines, cuts) => {
    const texts = await read(new TextEncoder().encode(lines.join("")), cuts);
    assertEquals(texts.join(""), lines.join(""));
    assert(texts.every((text) => text.endsWith("\n")));
  }));
});

Deno.test("wholeRows() refuses bytes that end in the middle of a row or are not UTF-8", async () => {
  const whole = new TextEncoder().encode("a\né\n");
  for (const cuts of [[], [1, 2, 3, 4]]) {
    await assertRejects(
      () => read(whole.slice(0, -1), cuts),
      Error,
      "ends in the middle of a line",
    );
    await assertRejects(() => read(whole.slice(0, -2), cuts), Error, "is not UTF-8");
    for (const bad of [[0xff, 10], [97, 10, 0xc3, 10], [0xed, 0xa0, 0x80, 10], [0xc3, 10, 97]]) {
      await assertRejects(() => read(Uint8Array.from(bad), cuts), Error, "the input is not UTF-8");
    }
  }
});

Deno.test("wholeRows() joins a row of 100 MB that arrives in chunks of 64 KiB", async () => {
  const chunk = new Uint8Array(65_536).fill(97);
  const chunks = async function* () {
    for (let n = 0; n < 1_600; n++) yield await Promise.resolve(chunk);
    yield Uint8Array.of(10);
  };
  const [row] = await Array.fromAsync(wholeRows(chunks(), broken));
  assertEquals(row.length, 1_600 * 65_536 + 1);
});
