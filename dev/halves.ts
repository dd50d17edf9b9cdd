/**
 * The tests in two halves that run at the same time, each with servers of its own: most of a test is
 * waiting.
 *
 * @module
 */

/** The test modules of a folder, dealt out in turn, so that neighbours, which take alike long, part. */
export function halvesOf(folder: string): [string[], string[]] {
  const files = testModules(folder).sort();
  return [files.filter((_, place) => place % 2 === 0), files.filter((_, place) => place % 2 === 1)];
}

function testModules(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return testModules(path);
    return name.endsWith("_test.ts") ? [path] : [];
  });
}

const SUMMARY =
  /^(ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?: \(\d+ steps?\))?(?: \| (\d+) ignored)?/gm;

/**
 * What `deno test` says at its end, of several runs together; undefined when one of them said nothing
 * of the kind, as when a module does not compile.
 */
export function summed(outputs: readonly string[]): string | undefined {
  const ends = outputs.map((output) => [...withoutColours(output).matchAll(SUMMARY)].at(-1));
  if (ends.includes(undefined)) return undefined;
  const sum = (place: number) => ends.reduce((total, end) => total + Number(end![place] ?? 0), 0);
  const word = ends.every((end) => end![1] === "ok") ? "ok" : "FAILED";
  return `${word} | ${sum(2)} passed | ${sum(3)} failed | ${sum(4)} ignored`;
}

function withoutColours(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[\d;]*m/g, "");
}
