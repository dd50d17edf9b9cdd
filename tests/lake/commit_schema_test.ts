import { assert, assertEquals, assertMatch } from "@std/assert";
import { checkCommit } from "../../sdk/lake/commit_schema.ts";
import { ingestionCommit, processedCommit } from "./commits.ts";

type Json = Record<string, unknown>;

const COMMITS = [ingestionCommit(3), { ...processedCommit(3), skipped: "it is damaged" }];

Deno.test("checkCommit() returns a valid commit without fields that it does not know", () => {
  for (const commit of COMMITS) {
    assertEquals(checkCommit({ ...commit, sha256: "0", later: 1 }, commit.zone), { commit });
  }
  const { skipped: _, ...commit } = processedCommit(3);
  assertEquals(checkCommit(commit, "processed"), { commit });
});

Deno.test("checkCommit() names the field that is missing or has a wrong value", () => {
  for (const commit of COMMITS) {
    for (const path of pathsOf(commit)) {
      const isField = path.length === 1 || path[0] === "snapshot" && path.length === 2;
      for (
        const wrong of [null, true, -1, ...isField && path[0] !== "skipped" ? [undefined] : []]
      ) {
        const checked = checkCommit(withValue(commit, path, wrong), commit.zone);
        const problem = "problem" in checked ? checked.problem : "none";
        assert(
          problem.startsWith(`${path.join(".")}: expected `),
          `${path} = ${wrong}: ${problem}`,
        );
      }
    }
  }
  assertEquals(checkCommit([], "ingestion"), { problem: "expected an object" });
});

Deno.test("checkCommit() accepts tables called __proto__ and constructor", () => {
  const tables = JSON.parse('{"__proto__": 1, "constructor": 1, "toString": 1}');
  for (const name of Object.keys(tables)) {
    Object.defineProperty(tables, name, { value: ingestionCommit(1).tables.staff });
  }
  const checked = checkCommit({ ...ingestionCommit(1), tables }, "ingestion");
  assert("commit" in checked);
  assertEquals(Object.keys(checked.commit.tables), ["__proto__", "constructor", "toString"]);
  const wrong = checkCommit(
    { ...ingestionCommit(1), keys: JSON.parse('{"__proto__": 1}') },
    "ingestion",
  );
  assertMatch("problem" in wrong ? wrong.problem : "", /^keys\.__proto__: /);
});

/** Returns the path of every field and element, from the root. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const inner = typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, each]) => pathsOf(each, [...path, name]))
    : [];
  return path.length === 0 ? inner : [path, ...inner];
}

/** Returns a copy with a value at a path. Undefined removes the field. */
function withValue(commit: object, path: readonly string[], value: unknown): Json {
  const copy = structuredClone(commit) as Json;
  const parent = path.slice(0, -1).reduce((json, name) => json[name] as Json, copy);
  parent[path.at(-1)!] = value;
  return copy;
}
