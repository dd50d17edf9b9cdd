import { assert, assertEquals } from "@std/assert";
import { halvesOf, summed } from "../../dev/halves.ts";

Deno.test("every test module is in one half, and the halves are alike", () => {
  const [first, second] = halvesOf("tests");
  assertEquals(new Set([...first, ...second]).size, first.length + second.length);
  assert(first.length - second.length <= 1);
  assert([...first, ...second].includes("tests/dev/halves_test.ts"));
});

Deno.test("what two runs came to is one sum, in the words of one", () => {
  const fine = "\x1b[32mok\x1b[0m | 12 passed (3 steps) | 0 failed | 1 ignored (4s)";
  const other = "running…\nok | 3 passed | 0 failed (1s)\nan echo";
  assertEquals(summed([fine, other]), "ok | 15 passed | 0 failed | 1 ignored");
  const bad = "FAILED | 1 passed | 2 failed (1 step) | 3 ignored (1s)";
  assertEquals(summed([fine, bad]), "FAILED | 13 passed | 2 failed | 4 ignored");
  assertEquals(summed([fine, "error: Type checking failed."]), undefined);
});
