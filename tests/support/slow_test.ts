/**
 * Tests that take long because of what they are about: storms of faults, Terraform, many runs of a
 * property. They run with `deno task test --all`, or when their module is named.
 *
 * @module
 */
import { ONLY_WITH_ALL } from "../../dev/test/results.ts";

/** Set while the quick suite runs. */
const QUICK = Deno.env.get("TEST_QUICK") === "1";

/** Declares a test that the quick suite leaves out. */
export function slowTest(test: Deno.TestDefinition): void {
  Deno.test(QUICK ? { ...test, name: `${test.name} ${ONLY_WITH_ALL}`, ignore: true } : test);
}

/** Returns how many runs a property gets: it holds in the quick suite, and is explored in the full one. */
export function propertyRuns({ quick, all }: { quick: number; all: number }): number {
  return QUICK ? quick : all;
}
