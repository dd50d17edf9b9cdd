/**
 * Keeps the words out of the product's prose that make it read as translated or antique. What people
 * read is Markdown, comments, and literals of more than one word.
 */
import { assertEquals } from "@std/assert";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");

/** The words to avoid, as a pattern, and what to write in their place. */
const REPLACEMENTS: readonly (readonly [pattern: string, instead: string])[] = [
  ["mend|mends|mended|mending|made good|makes good", "fix, repair, restore"],
  [
    "amiss|strange|strangely|as it should not|as it should be|as they should be",
    "wrong, unexpected",
  ],
  ["is told|are told|was told|be told|is told of|is said|are said", "is reported, is logged"],
  ["hears of|hear of|heard of|hears about", "receives, is notified of"],
  ["goes on|go on|went on|gone on", "continues"],
  ["let pass|lets pass|letting pass|is let go|let go|lets go", "is accepted, is released"],
  ["anew|read whole|reads whole|is read whole|are read whole", "full, again from scratch"],
  ["what befell|befell|befalls|whatever befalls", "any failure of"],
  ["besides|beside it|beside them|beside the", "in addition to, next to"],
  ["is gone|are gone|was gone|were gone|being gone", "is missing, was deleted"],
  ["lacks|lack of|lacking", "has no, is missing"],
  ["has not (?!been|yet)|have not (?!been|yet)", "does not have, has no"],
  ["ends in order|end in order|ended in order|stops in order|did so in order", "stops cleanly"],
  ["somebody|whoever|whomever|whom|whichever way", "someone, an alert is sent, the recipients"],
  ["thereof|aught|hence|likewise|thereby|wherein|whereof", "(plain words)"],
  ["reads otherwise|looks otherwise|was otherwise", "has another type"],
  ["may not|may", "can, must not, might"],
  ["loudly", "with a warning"],
  ["makes do|make do|is content|wonders", "accepts, ignores, throws"],
];
const AVOIDED = new RegExp(
  `\\b(?:${REPLACEMENTS.map(([pattern]) => `(?:${pattern})`).join("|")})(?=\\W|$)`,
  "g",
);

/** Text that is not ours to word, and the table above. */
const SKIPPED = ["LICENSE", "deno.lock", "tests/voice_test.ts", "tests/fixtures"];
const PROSE = [".md", ".yml", ".tf", ".sql", ".py", ".sh"];

interface Passage {
  readonly line: number;
  readonly text: string;
}

Deno.test("no text that people read uses a word that has a plainer one", () => {
  const found = files(ROOT).flatMap((path) =>
    passages(path, Deno.readTextFileSync(join(ROOT, path))).flatMap(({ line, text }) =>
      [...text.matchAll(AVOIDED)].map(([word]) => `${path}:${line}: "${word}": ${insteadOf(word)}`)
    )
  );
  assertEquals(found, []);
});

Deno.test("an avoided word is found in comments and messages, not in code", () => {
  const source = [
    "// The table is read whole.",
    "const loudly = told.may(anew);",
    'throw new Error("mend the source");',
    "const text = `it ${may()} goes on`;",
    'const kind = "amiss";',
    "const count = 1; // It is gone.",
  ].join("\n");
  const lines = passages("a.ts", source).filter(({ text }) => text.match(AVOIDED))
    .map(({ line }) => line);
  assertEquals(lines, [1, 3, 4, 6]);
});

function insteadOf(word: string): string {
  const [, instead] =
    REPLACEMENTS.find(([pattern]) =>
      new RegExp(`^(?:${pattern.replace(/\(\?![^)]*\)/g, "")})$`).test(word)
    ) ?? [word, "plain words"];
  return instead;
}

/** What people read in a file, with the lines it begins on. */
function passages(path: string, text: string): Passage[] {
  if (PROSE.some((ending) => path.endsWith(ending))) {
    return text.split("\n").map((line, place) => ({ line: place + 1, text: line }));
  }
  return /\.tsx?$/.test(path) ? proseOf(text) : [];
}

const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/g;

/** Comments, line by line, and literals that hold more than one word. */
function proseOf(code: string): Passage[] {
  return [...code.matchAll(TOKEN)].flatMap(({ 0: token, index }) => {
    const first = code.slice(0, index).split("\n").length;
    const isComment = token.startsWith("/");
    const text = token.replace(/\$\{[^}]*\}/g, "…");
    if (!isComment && !/\S\s+\S/.test(text)) return [];
    return text.split("\n").map((line, place) => ({ line: first + place, text: line }));
  });
}

function files(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = prefix + name;
    if (SKIPPED.includes(path) || name === "node_modules" || name === ".git") return [];
    if (isDirectory) return files(join(folder, name), `${path}/`);
    return [path];
  }).sort();
}
