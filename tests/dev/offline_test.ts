// Checked with Node's assertions, because @std/assert can be the adapter under test.
import { equal, rejects, throws } from "node:assert/strict";
import * as assert from "../../dev/offline/assert.ts";

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
