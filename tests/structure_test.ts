import { assertEquals } from "@std/assert";
import { dirname, join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");
const MAX_LINES = 300;
const ENTRY_POINTS = ["sdk/mod.ts", "schemas/mod.ts"];

/**
 * The allowed arrows: what a folder's modules import in addition to one another, types included. A
 * module belongs to the longest place that is on the left. What is not on the right is forbidden.
 */
const ARROWS: Readonly<Record<string, string>> = {
  "schemas": "npm",
  // The root of the SDK: errors, progress and the like, on which every folder builds.
  "sdk": "schemas",
  "sdk/postgres": "schemas sdk npm node",
  "sdk/derive": "schemas sdk sdk/postgres npm node",
  "sdk/lake": "schemas sdk sdk/derive sdk/columns npm node",
  // Batches in memory.
  "sdk/columns": "schemas sdk sdk/derive node",
  "sdk/options.ts": "schemas sdk sdk/lake",
  // The stages meet at the lake: none of them knows another.
  "sdk/extract": "schemas sdk sdk/options.ts sdk/derive sdk/columns sdk/postgres sdk/lake",
  // Sources that deliver documents.
  "sdk/sources": "schemas sdk sdk/options.ts sdk/derive sdk/columns sdk/lake npm node",
  "sdk/transform": "schemas sdk sdk/options.ts sdk/derive sdk/columns sdk/lake npm node",
  "sdk/load": "schemas sdk sdk/options.ts sdk/derive sdk/columns sdk/postgres sdk/lake",
  "sdk/operate":
    "schemas sdk sdk/options.ts sdk/derive sdk/columns sdk/postgres sdk/lake sdk/extract sdk/sources sdk/transform sdk/load",
  // What an analyst reads with. It writes nothing, and knows no stage.
  "sdk/analysis": "schemas sdk sdk/options.ts sdk/derive sdk/columns sdk/postgres sdk/lake",
  "sdk/mod.ts":
    "schemas sdk sdk/options.ts sdk/derive sdk/postgres sdk/lake sdk/extract sdk/sources sdk/transform sdk/load sdk/operate sdk/analysis",

  "functions/settings": "sdk/mod.ts sdk sdk/* npm node",
  "functions": "sdk/mod.ts sdk functions/settings",
  "functions/alerting": "sdk/mod.ts sdk sdk/* functions functions/settings npm node",
  "functions/crons":
    "sdk/mod.ts sdk sdk/* functions functions/settings functions/alerting functions/dashboard/data npm node",
  "functions/dashboard":
    "schemas sdk/mod.ts sdk sdk/* functions functions/settings functions/dashboard/* npm node",
  "functions/dashboard/layout": "functions/dashboard/assets.ts npm",
  "functions/dashboard/charts": "functions/dashboard/layout/format.ts npm",
  "functions/dashboard/data": "schemas sdk/mod.ts sdk sdk/* functions functions/alerting node",
  "functions/dashboard/access":
    "functions functions/dashboard/* functions/dashboard/assets.ts npm node",
  // Data in, HTML out.
  "functions/dashboard/pages":
    "schemas sdk/mod.ts sdk sdk/* functions functions/alerting functions/dashboard/assets.ts functions/dashboard/dashboard.ts functions/dashboard/* functions/dashboard/layout/* npm",
  "functions/dashboard/assets.ts": "node",
  "functions/dashboard/dashboard.ts": "schemas sdk/mod.ts functions/dashboard/data",
  "functions/dashboard/layout/format.ts": "",
  "functions/cli":
    "schemas sdk/mod.ts sdk sdk/* functions functions/settings functions/alerting npm node @std/cli deno.json",
  "functions/main.ts":
    "sdk/mod.ts sdk sdk/* functions functions/settings functions/crons functions/dashboard",

  // What no cloud function needs.
  "deploy": "schemas sdk/mod.ts sdk sdk/* functions functions/* npm node",
  "dev":
    "schemas sdk/mod.ts sdk sdk/* functions functions/* functions/dashboard/data deploy npm node @std/cli",
};

const published = [...modules("schemas"), ...modules("sdk")];
const shipped = [...published, ...modules("functions")];
const all = [...shipped, ...modules("deploy"), ...modules("dev")];

Deno.test("every import follows one of the allowed arrows", () => {
  const violations = all.flatMap(({ path, imports }) => {
    const home = homeOf(path);
    const allowed = new Set([home, ...ARROWS[home].split(" ")]);
    return imports.filter((target) => {
      const place = homeOf(target);
      return !allowed.has(place) && !allowed.has(place.replace(/\/[^/]+$/, "/*"));
    }).map((target) => `${path} imports ${target}`);
  });
  assertEquals(violations, []);
});

/** The place in {@linkcode ARROWS} that a module or package belongs to. */
function homeOf(path: string): string {
  if (path.startsWith("npm:")) return "npm";
  if (path.startsWith("node:")) return "node";
  const standard = /^jsr:(@std\/\w+)/.exec(path)?.[1];
  if (standard) return standard;
  const places = Object.keys(ARROWS).filter((place) => isUnder(path, place));
  return places.sort((a, b) => b.length - a.length)[0] ?? path;
}

Deno.test("no module imports itself by way of others, not even for a type", () => {
  assertEquals(circles([...all, ...modules("tests")]), []);
});

/** Groups of modules that can all reach one another, each as one line. */
function circles(graph: readonly Module[]): string[] {
  const imports = new Map(graph.map(({ path, imports }) => [path, imports]));
  const reach = (from: string) => {
    const reached = new Set<string>();
    const open = [...imports.get(from) ?? []];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (reached.has(path)) continue;
      reached.add(path);
      open.push(...imports.get(path) ?? []);
    }
    return reached;
  };
  const reached = new Map([...imports.keys()].map((path) => [path, reach(path)]));
  const groups = [...reached].filter(([path, others]) => others.has(path)).map(([path, others]) =>
    [...others].filter((other) => reached.get(other)?.has(path)).sort().join(" <-> ")
  );
  return [...new Set(groups)];
}

Deno.test("circles() finds a circle of types that leads through several modules", () => {
  const module = (path: string, ...imports: string[]) => ({
    path,
    text: "",
    code: "",
    specifiers: [],
    imports,
  });
  const graph = [module("a", "b"), module("b", "c", "npm:x"), module("c", "b"), module("d", "a")];
  assertEquals(circles(graph), ["b <-> c"]);
});

Deno.test("nothing that ships imports dev, deploy or tests", () => {
  const violations = shipped.flatMap(({ path, imports }) =>
    imports.filter((target) => /^(dev|deploy|tests)\//.test(target))
      .map((target) => `${path} imports ${target}`)
  );
  assertEquals(violations, []);
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
  const printing = published.filter(({ code }) => /\bconsole\.\w+\(/.test(code));
  assertEquals(printing.map(({ path }) => path), []);
});

Deno.test("every package is imported by its name in deno.json", () => {
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
      /(?<!["'-])\b(?:from|import)\s*\(?\s*["']([@\w./:-]+)["']/g,
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
    return /\.tsx?$/.test(name) ? [join(dir, name)] : [];
  });
}

function target(specifier: string, from: string): string {
  if (specifier.startsWith(".")) return relative(ROOT, resolve(dirname(from), specifier));
  if (/^\w+:/.test(specifier)) return specifier;
  const { imports } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const name = Object.keys(imports).find((name) => isUnder(specifier, name));
  return name === undefined ? specifier : imports[name] + specifier.slice(name.length);
}

/** `place` is a folder, a package, or all packages of a registry. */
function isUnder(target: string, place: string): boolean {
  return target === place || target.startsWith(place.endsWith(":") ? place : `${place}/`) ||
    target.startsWith(`${place}@`);
}
