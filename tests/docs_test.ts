import { assert, assertEquals } from "@std/assert";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");
const DOCS = join(ROOT, "docs");

const documents = [...Deno.readDirSync(DOCS)].filter(({ isFile }) => isFile).map(({ name }) => ({
  name,
  text: Deno.readTextFileSync(join(DOCS, name)),
}));

/** Patterns of all test names; an interpolated part matches anything. */
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
    return /\.tsx?$/.test(name) ? [Deno.readTextFileSync(join(folder, name))] : [];
  });
}

Deno.test("every test named in docs/guarantees.md exists", () => {
  const names = testNames();
  assert(names.length > 300);
  const { text } = documents.find(({ name }) => name === "guarantees.md")!;
  const proofs = [...text.matchAll(/^- `(.+)`(?: \(property\))?$/gm)].map(([, name]) => name);
  assert(proofs.length > 40);
  assertEquals(proofs.filter((proof) => !names.some((name) => name.test(proof))), []);
});

/** The documents that link to files: the ones GitHub shows. */
const linking = ["README.md", "CHANGELOG.md", ...markdown("docs"), ...markdown(".github")];

function markdown(folder: string): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].map(({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith(".md"));
}

Deno.test("every file and heading that a document links to exists", () => {
  const problems: string[] = [];
  let links = 0;
  for (const path of linking) {
    for (const link of relativeLinks(Deno.readTextFileSync(join(ROOT, path)))) {
      links++;
      const [file, anchor] = link.split("#");
      const target = file === "" ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
      if (!exists(target)) problems.push(`${path} links to ${link}: no such file`);
      else if (anchor !== undefined && !anchors(target).has(anchor)) {
        problems.push(`${path} links to ${link}: no such heading`);
      }
    }
  }
  assert(links > 10);
  assertEquals(problems, []);
});

Deno.test("links and headings are resolved as on GitHub", () => {
  const text = "[a](x.md#b) ![c](d.png) [e](https://f) `[g](h)`\n```\n[i](j)\n```\n[k]: l.md\n" +
    '<img src="m.svg">\n[n](<o p.md> "q")';
  assertEquals(relativeLinks(text), ["x.md#b", "d.png", "o p.md", "l.md", "m.svg"]);
  assertEquals(slugs("# A `b` & C_d!\n## [E](f)\n## [E](f)\n```\n# no\n```"), [
    "a-b--c_d",
    "e",
    "e-1",
  ]);
});

/** Returns the targets of links and pictures that lead to other files or headings of the repository. */
function relativeLinks(text: string): string[] {
  const prose = text.replace(/^( *)```[\s\S]*?^\1```/gm, "").replace(/`[^`\n]+`/g, "");
  const targets = [
    ...prose.matchAll(/\]\((?:<([^>]+)>|([^)\s]+))[^)]*\)/g),
    ...prose.matchAll(/^\[[^\]]+\]:()\s*(\S+)/gm),
    ...prose.matchAll(/<(?:img|a|source)\b[^>]*?\b(?:src|href|srcset)="()([^"]+)"/g),
  ].map(([, bracketed, plain]) => bracketed || plain);
  return targets.filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

function anchors(path: string): Set<string> {
  return new Set(path.endsWith(".md") ? slugs(Deno.readTextFileSync(path)) : []);
}

/** Returns the anchors that GitHub gives a document's headings. */
function slugs(text: string): string[] {
  const seen = new Map<string, number>();
  return [...text.replace(/^( *)```[\s\S]*?^\1```/gm, "").matchAll(/^#{1,6} +(.+?) *#*$/gm)]
    .map(([, heading]) => {
      const slug = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
