/**
 * Tests that take long because of what they are about: storms of faults, Terraform, many runs of a
 * property. They run with `deno task test --all`, or when their module is named.
 *
 * @module
 */
import { ONLY_WITH_ALL } from "../../dev/test/results.ts";

/** Whether this is the quick suite. */
export const QUICK = Deno.env.get("TEST_QUICK") === "1";

/** Declares a test that the quick suite leaves out. Takes what `Deno.test()` takes. */
export function slowTest(test: Deno.TestDefinition): void;
export function slowTest(name: string, fn: () => Promise<void>): void;
export function slowTest(test: Deno.TestDefinition | string, fn = () => Promise.resolve()): void {
  const definition = typeof test === "string" ? { name: test, fn } : test;
  const left = { ...definition, name: `${definition.name} ${ONLY_WITH_ALL}`, ignore: true };
  Deno.test(QUICK ? left : definition);
}

/** Returns how many runs a property gets: it holds in the quick suite, and is explored in the full one. */
export function propertyRuns({ quick, all }: { quick: number; all: number }): number {
  return QUICK ? quick : all;
}
