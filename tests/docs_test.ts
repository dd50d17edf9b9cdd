import { assert, assertEquals } from "@std/assert";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");
const DOCS = join(ROOT, "docs");

const documents = [...Deno.readDirSync(DOCS)].map(({ name }) => ({
  name,
  text: Deno.readTextFileSync(join(DOCS, name)),
}));

/** The names of all tests, as far as they are literal; what a name interpolates may be anything. */
function testNames(): RegExp[] {
  return sources(join(ROOT, "tests")).flatMap((text) =>
    [...text.matchAll(/\b\w*[tT]est\(\s*(?:"((?:[^"\\]|\\.)+)"|`([^`]+)`)/g)]
      .map(([, plain, template]) => pattern(plain ?? template))
  );
}

function pattern(name: string): RegExp {
  const parts = name.split(/\$\{[^}]*\}/).map((part) =>
    part.replace(/\\"/g, '"').replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${parts.join(".+")}$`);
}

function sources(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return sources(join(folder, name));
    return name.endsWith(".ts") ? [Deno.readTextFileSync(join(folder, name))] : [];
  });
}

Deno.test("every test that the promises name exists", () => {
  const names = testNames();
  assert(names.length > 300);
  const { text } = documents.find(({ name }) => name === "promises.md")!;
  const proofs = [...text.matchAll(/^- `(.+)`(?: \(property\))?$/gm)].map(([, name]) => name);
  assert(proofs.length > 40);
  assertEquals(proofs.filter((proof) => !names.some((name) => name.test(proof))), []);
});

Deno.test("every file that the documents link to exists", () => {
  for (const { name, text } of documents) {
    for (const [, link] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert(exists(resolve(DOCS, link)), `${name} links to ${link}`);
    }
  }
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
