// Checked with Node's assertions, because @std/assert can be the adapter under test.
import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import * as assert from "../../dev/offline/assert.ts";
import { parseArgs } from "../../dev/offline/cli.ts";

Deno.test("parseArgs() knows flags with and without values, lists, aliases and defaults", () => {
  const args = ["replay", "12", "--table=a", "--table", "b", "-v", "--since", "2024-01-01"];
  const parsed = parseArgs(args, {
    string: ["_", "since", "table", "who"],
    boolean: ["verbose", "json"],
    collect: ["table"],
    alias: { verbose: "v" },
    default: { since: "never" },
  });
  deepEqual(parsed, {
    _: ["replay", "12"],
    since: "2024-01-01",
    table: ["a", "b"],
    verbose: true,
    v: true,
    json: false,
  });
});

Deno.test("parseArgs() takes what follows -- as it is, and numbers for numbers", () => {
  deepEqual(parseArgs(["3", "--rows", "5", "--", "--json"], { boolean: ["json"] }), {
    _: [3, "--json"],
    rows: 5,
    json: false,
  });
});

Deno.test("parseArgs() tells of what it does not know, and leaves it out when told to", () => {
  const unknown: unknown[] = [];
  const parsed = parseArgs(["run", "--jsno", "--json"], {
    boolean: ["json"],
    unknown: (arg, key) => {
      unknown.push([arg, key]);
      return key === undefined;
    },
  });
  deepEqual(unknown, [["run", undefined], ["--jsno", "jsno"]]);
  deepEqual(parsed, { _: ["run"], json: true });
});

Deno.test("assertThrows() and assertRejects() check the class and message of an error", async () => {
  const fail = () => {
    throw new TypeError("no such table");
  };
  // deno-lint-ignore require-await -- its point is to reject
  const reject = async () => fail();
  equal(assert.assertThrows(fail, TypeError, "such").message, "no such table");
  equal((await assert.assertRejects(reject, TypeError, "such")).message, "no such table");
  throws(() => assert.assertThrows(fail, RangeError), /RangeError/);
  throws(() => assert.assertThrows(fail, TypeError, "column"), /column/);
  throws(() => assert.assertThrows(() => {}), /to throw/);
  await rejects(assert.assertRejects(reject, RangeError), /RangeError/);
  await rejects(assert.assertRejects(() => Promise.resolve()), /to reject/);
  await rejects(assert.assertRejects(fail), /instead of returning a promise/);
});

Deno.test("assertEquals() is deep and strict", () => {
  assert.assertEquals({ a: [1n, new Date(0)] }, { a: [1n, new Date(0)] });
  throws(() => assert.assertEquals<unknown>({ a: 1 }, { a: "1" }));
  throws(() => assert.assertNotEquals([1], [1]));
});
