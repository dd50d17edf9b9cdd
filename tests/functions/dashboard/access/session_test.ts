import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { SESSION_S, Sessions } from "../../../../functions/dashboard/access/session.ts";
import { propertyRuns } from "../../../support/slow.ts";
import { accessOf, BROWSER, logIn, PASSWORD, startDashboard } from "../fake_dashboard.ts";

const NOW = Date.parse("2026-11-30T12:00:00Z");

Deno.test("a session is valid until it expires, on every instance that has the password", async () => {
  const cookie = await new Sessions().issue(PASSWORD, NOW);
  const other = new Sessions();
  assertEquals(await other.isValid(cookie, PASSWORD, NOW), true);
  assertEquals(await other.isValid(cookie, PASSWORD, NOW + SESSION_S * 1000 - 1), true);
  assertEquals(await other.isValid(cookie, PASSWORD, NOW + SESSION_S * 1000), false);
});

Deno.test("a new password ends every session", async () => {
  const sessions = new Sessions();
  const cookie = await sessions.issue(PASSWORD, NOW);
  assertEquals(await sessions.isValid(cookie, `${PASSWORD}!`, NOW), false);
  assertEquals(await sessions.isValid(cookie, PASSWORD, NOW), true);

  let password = PASSWORD;
  const ask = await startDashboard(
    accessOf({ password: { get: () => Promise.resolve(password) } }),
  );
  const open = await logIn(ask);
  password = "another long password";
  assertEquals((await ask("/x", { headers: { ...BROWSER, cookie: open } })).status, 302);
});

Deno.test("no change of a cookie gives a valid one", async () => {
  const sessions = new Sessions();
  const cookie = await sessions.issue(PASSWORD, NOW);
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: cookie.length - 1 }),
      fc.string({ minLength: 0, maxLength: 3, unit: "binary-ascii" }),
      async (at, text) => {
        const changed = cookie.slice(0, at) + text + cookie.slice(at + 1);
        // Of the last character, only some bits count.
        fc.pre(changed !== cookie && at < cookie.length - 1);
        assertEquals(await sessions.isValid(changed, PASSWORD, NOW), false, changed);
      },
    ),
    { numRuns: propertyRuns({ quick: 200, all: 2_000 }) },
  );
});

Deno.test("a cookie cannot be made without the password: not longer, not unsigned, not empty", async () => {
  const sessions = new Sessions();
  const cookie = await sessions.issue(PASSWORD, NOW);
  const [expiry, signature] = cookie.split(".");
  const forged = [
    `${Number(expiry) + 1}.${signature}`,
    `0${expiry}.${signature}`,
    `${expiry}.`,
    `${expiry}`,
    `.${signature}`,
    `9999999999.${"A".repeat(43)}`,
    `${expiry}.${signature}.${signature}`,
    `${expiry}.${signature} `,
    ` ${cookie}`,
    `${cookie}\n`,
    `${expiry}.${signature.toLowerCase()}`,
    "",
    "null",
    "1e12.x",
    `Infinity.${signature}`,
  ];
  for (const value of forged) {
    assertEquals(await sessions.isValid(value, PASSWORD, NOW), false, value);
  }
});

Deno.test("a guess of the password from a stolen cookie takes long", async () => {
  await new Sessions().issue("the first call loads the library", NOW);
  const started = performance.now();
  for (let i = 0; i < 5; i++) await new Sessions().issue(`guess ${i}`, NOW);
  assert((performance.now() - started) / 5 > 5, "milliseconds a guess");
  const sessions = new Sessions();
  const cookie = await sessions.issue(PASSWORD, NOW);
  const second = performance.now();
  for (let i = 0; i < 100; i++) await sessions.isValid(cookie, PASSWORD, NOW);
  assert((performance.now() - second) / 100 < 2, "but not for every request");
});
