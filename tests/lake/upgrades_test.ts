import { assertEquals } from "@std/assert";
import { FORMAT, upgradeCommit, UPGRADES } from "../../sdk/lake/upgrades/upgrades.ts";
import { ingestionCommit } from "./commits.ts";

Deno.test("each upgrade is the file of its number and name, and the last one leads to today's format", async () => {
  const folder = new URL("../../sdk/lake/upgrades/", import.meta.url);
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const numbered = files.filter((name) => /^\d/.test(name)).sort();
  const expected = UPGRADES.map(({ from, name }) => `${String(from).padStart(4, "0")}_${name}.ts`);
  assertEquals(numbered, expected);
  assertEquals(UPGRADES.map(({ from }) => from), UPGRADES.map((_, place) => place + 1));
  assertEquals(FORMAT, UPGRADES.length + 1);
});

Deno.test("upgradeCommit() returns a commit of format 1 in today's, and the original unchanged", () => {
  const { keys: _, ...rest } = ingestionCommit(1);
  const old = { ...rest, format: 1 };
  const before = structuredClone(old);
  assertEquals(upgradeCommit(old), { ...rest, format: FORMAT, keys: {} });
  assertEquals(old, before);
});

Deno.test("upgradeCommit() returns today's commits and everything else unchanged", () => {
  const others = [ingestionCommit(1), null, 1, "{}", [], {}, { format: FORMAT + 1 }, {
    format: "1",
  }];
  for (const value of others) assertEquals(upgradeCommit(value), value);
});
