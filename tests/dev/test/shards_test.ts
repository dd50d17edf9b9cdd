import { assertEquals } from "@std/assert";
import { shardsOf, testModules } from "../../../dev/test/shards.ts";

Deno.test("every test module is in one shard", () => {
  const modules = testModules("tests");
  assertEquals(shardsOf(modules, {}).flat().sort(), modules.toSorted());
  assertEquals(modules.includes("tests/dev/test/shards_test.ts"), true);
});

Deno.test("the longest modules come first and alone, short ones share a shard", () => {
  const seconds = { a: 0.5, b: 60, c: 6.5, d: 8.5, e: 0.1 };
  assertEquals(shardsOf(Object.keys(seconds), seconds), [["b"], ["d"], ["c", "a", "e"]]);
});
