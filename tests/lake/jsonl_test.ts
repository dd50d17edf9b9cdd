import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { readLines } from "../../sdk/columns/read_lines.ts";
import { LakeError } from "../../sdk/errors.ts";
import { damagedObject } from "../../sdk/lake/damage.ts";
import { parseJsonl } from "../../sdk/lake/jsonl.ts";

const damagedLines = (problem: string) => damagedObject("a.jsonl", problem);

const bytes = (text: string) => new TextEncoder().encode(text);

async function* chunksOf(...chunks: Uint8Array[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

/** Cuts bytes at the given places, which can repeat and be beyond the end. */
function cut(whole: Uint8Array, places: readonly number[]): AsyncIterable<Uint8Array> {
  const ends = [...places, whole.length].sort((a, b) => a - b);
  return chunksOf(...ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end)));
}

async function parse(...texts: string[]): Promise<unknown[]> {
  return (await Array.fromAsync(parseJsonl(chunksOf(...texts.map(bytes)), "a.jsonl"))).flat();
}

const cuts = fc.array(fc.nat(400), { maxLength: 20 });
const character = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  fc.constantFrom('"', "\\", "\n", "\r", ",", "]", "\u2028", "\ufeff", "é", "😀", "\0"),
);
const text = fc.array(character, { maxLength: 20 }).map((characters) => characters.join(""));

Deno.test("parseJsonl() returns the same rows for any chunk boundaries", async () => {
  const row = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)));
  await fc.assert(fc.asyncProperty(fc.array(row), cuts, async (rows, places) => {
    const expected = rows.map((row) => JSON.parse(JSON.stringify(row)));
    const whole = bytes(expected.map((row) => JSON.stringify(row) + "\n").join(""));
    const batches = await Array.fromAsync(parseJsonl(cut(whole, places), "a.jsonl"));
    assertEquals(batches.flat(), expected);
  }));
});

Deno.test("readLines() returns the same lines for any chunk boundaries", async () => {
  const line = text.map((text) => text.replaceAll("\n", ""));
  await fc.assert(fc.asyncProperty(fc.array(line), cuts, async (lines, places) => {
    const whole = bytes(lines.map((line) => line + "\n").join(""));
    const batches = await Array.fromAsync(readLines(cut(whole, places), damagedLines));
    assertEquals(batches.flat(), lines);
  }));
});

Deno.test("parseJsonl() of no bytes yields nothing", async () => {
  assertEquals(await parse(), []);
  assertEquals(await parse("", ""), []);
});

Deno.test("parseJsonl() names the object and the line that is not JSON", async () => {
  await assertRejects(() => parse("1\n2\n", "3\n4", "\n{oops}\n5\n"), LakeError, "a.jsonl");
  await assertRejects(() => parse("1\n2\n", "3\n4", "\n{oops}\n5\n"), LakeError, "line 5");
});

Deno.test("parseJsonl() yields all rows of the chunks before an invalid line", async () => {
  const rows: unknown[] = [];
  await assertRejects(async () => {
    for await (const batch of parseJsonl(chunksOf(bytes("1\n2\n"), bytes("x\n")), "a")) {
      rows.push(...batch);
    }
  }, LakeError);
  assertEquals(rows, [1, 2]);
});

for (
  const [what, lines] of [
    ["a blank line", "1\n\n2\n"],
    ["two rows on one line", '{"a":1},{"a":2}\n'],
    ["one row on two lines", '{"a":1\n"b":2}\n'],
    ["the end of an array", "1],[2\n"],
    ["a byte order mark", "\ufeff1\n"],
  ]
) {
  Deno.test(`parseJsonl() refuses ${what}`, async () => {
    await assertRejects(() => parse(lines), LakeError, "a line that is not JSON");
  });
}

Deno.test("an object cut inside a line is an error", async () => {
  const whole = bytes('{"name":"é"}\n{"name":"😀"}\n');
  const ends = [0, bytes('{"name":"é"}\n').length, whole.length];
  for (let end = 0; end <= whole.length; end++) {
    const work = () => Array.fromAsync(parseJsonl(chunksOf(whole.subarray(0, end)), "a.jsonl"));
    if (ends.includes(end)) assertEquals((await work()).flat().length, ends.indexOf(end));
    else await assertRejects(work, LakeError, "a.jsonl");
  }
});

Deno.test("bytes that are not UTF-8 are a LakeError", async () => {
  for (const bad of [[0xff], [0xc3, 0x0a], [0xed, 0xa0, 0x80, 0x0a]]) {
    const work = () => Array.fromAsync(readLines(chunksOf(Uint8Array.from(bad)), damagedLines));
    await assertRejects(work, LakeError, "a.jsonl is not UTF-8");
  }
});

Deno.test("parseJsonl() reads a line of 100 MB in chunks of 64 KiB", async () => {
  const chunk = new Uint8Array(65_536).fill(0x61);
  const chunks = async function* () {
    yield bytes('"');
    for (let n = 0; n < 1_600; n++) yield chunk;
    yield* chunksOf(bytes('"'), bytes("\n"), bytes("1\n"));
  };
  const [[line], [one]] = await Array.fromAsync(parseJsonl(chunks(), "a.jsonl"));
  assertEquals((line as string).length, 1_600 * 65_536);
  assertEquals(one, 1);
});
