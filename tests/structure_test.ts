import { assertEquals } from "@std/assert";
import { dirname, join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");
const MAX_LINES = 300;
const STAGES = ["sdk/extract", "sdk/transform", "sdk/load"];
const ENTRY_POINTS = ["sdk/mod.ts", "schemas/mod.ts"];

const published = [...modules("schemas"), ...modules("sdk")];
const shipped = [...published, ...modules("functions")];
const all = [...shipped, ...modules("dev")];

Deno.test("schemas import nothing but schemas", () => {
  assertEquals(importsOutside(modules("schemas"), ["schemas"]), []);
});

Deno.test("the sdk imports only schemas, the sdk and npm packages", () => {
  assertEquals(importsOutside(modules("sdk"), ["schemas", "sdk", "npm:", "node:"]), []);
});

Deno.test("functions import only functions, the sdk, schemas, npm packages and @std/cli", () => {
  const allowed = ["functions", "schemas", "sdk", "npm:", "node:", "jsr:@std/cli"];
  assertEquals(importsOutside(modules("functions"), allowed), []);
});

Deno.test("nothing that ships imports dev or tests", () => {
  const strays = shipped.flatMap((module) =>
    module.imports.filter((target) => isUnder(target, "dev") || isUnder(target, "tests"))
      .map((target) => `${module.path} imports ${target}`)
  );
  assertEquals(strays, []);
});

Deno.test("extract, transform and load know neither one another nor operate", () => {
  for (const stage of STAGES) {
    const others = [...STAGES, "sdk/operate"].filter((other) => other !== stage);
    const strays = modules(stage).flatMap((module) =>
      module.imports.filter((target) => others.some((other) => isUnder(target, other)))
        .map((target) => `${module.path} imports ${target}`)
    );
    assertEquals(strays, []);
  }
});

Deno.test("every module of sdk and schemas is reachable from the package's exports", () => {
  const byPath = new Map(published.map((module) => [module.path, module]));
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    byPath.get(path)?.imports.forEach(visit);
  };
  ENTRY_POINTS.forEach(visit);
  assertEquals(published.map(({ path }) => path).filter((path) => !reached.has(path)), []);
});

Deno.test(`no module that ships is longer than ${MAX_LINES} lines`, () => {
  const long = shipped.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES);
  assertEquals(long, []);
});

Deno.test("only functions, dev and tests write to the console", () => {
  const talkative = published.filter(({ code }) => /\bconsole\.\w+\(/.test(code));
  assertEquals(talkative.map(({ path }) => path), []);
});

Deno.test("no module but the launcher's adapters goes round the import names of deno.json", () => {
  const direct = all.flatMap(({ path, specifiers }) =>
    specifiers.filter((specifier) => /^(npm|jsr|https?):/.test(specifier))
      .map((specifier) => `${path} imports ${specifier}`)
  );
  assertEquals(direct, []);
});

interface Module {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  /** What is imported, as written. */
  readonly specifiers: readonly string[];
  /** What is imported: files from the root, packages as `npm:…`, `node:…` or `jsr:…`. */
  readonly imports: readonly string[];
}

function modules(folder: string): Module[] {
  return files(join(ROOT, folder)).sort().map((file) => {
    const text = Deno.readTextFileSync(file);
    const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    const specifiers = [...code.matchAll(
      /(?<!["'-])\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g,
    )].map(([, specifier]) => specifier);
    return {
      path: relative(ROOT, file),
      text,
      code,
      specifiers,
      imports: specifiers.map((specifier) => target(specifier, file)),
    };
  });
}

function files(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return files(join(dir, name));
    return name.endsWith(".ts") ? [join(dir, name)] : [];
  });
}

function target(specifier: string, from: string): string {
  if (specifier.startsWith(".")) return relative(ROOT, resolve(dirname(from), specifier));
  if (/^\w+:/.test(specifier)) return specifier;
  const { imports } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const name = Object.keys(imports).find((name) => isUnder(specifier, name));
  return name === undefined ? specifier : imports[name] + specifier.slice(name.length);
}

function importsOutside(from: readonly Module[], allowed: readonly string[]): string[] {
  return from.flatMap(({ path, imports }) =>
    imports.filter((target) => !allowed.some((place) => isUnder(target, place)))
      .map((target) => `${path} imports ${target}`)
  );
}

/** `place` is a folder, a package, or all packages of a registry. */
function isUnder(target: string, place: string): boolean {
  return target === place || target.startsWith(place.endsWith(":") ? place : `${place}/`) ||
    target.startsWith(`${place}@`);
}
