import { assert, assertEquals, assertMatch } from "@std/assert";
import { Failures } from "../../../../functions/dashboard/access/failures.ts";
import {
  accessOf,
  basic,
  BROWSER,
  captureLog,
  logIn,
  loginForm,
  PASSWORD,
  startDashboard,
} from "../fake_dashboard.ts";

const MINUTE_MS = 60_000;

Deno.test("after ten wrong passwords, an address waits until the first is ten minutes old", () => {
  const failures = new Failures();
  for (let i = 0; i < 10; i++) {
    assertEquals(failures.waitOf("a", i * 1_000), 0);
    failures.addFailure("a", i * 1_000);
  }
  assertEquals(failures.waitOf("a", 10_000), 590);
  assertEquals(failures.waitOf("b", 10_000), 0);
  assertEquals(failures.waitOf("a", 10 * MINUTE_MS - 1), 1);
  assertEquals(failures.waitOf("a", 10 * MINUTE_MS), 0);
});

Deno.test("after 200 wrong passwords, new addresses wait too, and those who know it do not", () => {
  const failures = new Failures();
  failures.addSuccess("colleague");
  for (let i = 0; i < 200; i++) failures.addFailure(`attacker ${i}`, 0);
  assertEquals(failures.waitOf("stranger", MINUTE_MS), 540);
  assertEquals(failures.waitOf("colleague", MINUTE_MS), 0);
  for (let i = 0; i < 100; i++) failures.addSuccess(`other ${i}`);
  assertEquals(failures.waitOf("colleague", MINUTE_MS), 540, "a hundred are remembered");
});

Deno.test("guessing ends with 429, on the login page and with Basic; sessions stay", async () => {
  let now = new Date("2026-11-30T12:00:00Z");
  using log = captureLog();
  const ask = await startDashboard(accessOf(), { now: () => now });
  const cookie = await logIn(ask);
  for (let i = 0; i < 5; i++) {
    assertEquals((await ask("/login", loginForm(`guess number ${i}`))).status, 403);
    assertEquals((await ask("/x", { headers: basic(`guess number ${i}`) })).status, 401);
  }
  const page = await ask("/login", loginForm(PASSWORD));
  assertEquals([page.status, page.headers.get("retry-after")], [429, "600"]);
  assertMatch(
    await page.text(),
    /role="alert">.*Too many wrong passwords\. Try again in 10 minutes\./,
  );
  const tool = await ask("/x", { headers: basic(PASSWORD) });
  assertEquals([tool.status, tool.headers.get("retry-after")], [429, "600"]);
  assertEquals((await ask("/x", { headers: { ...BROWSER, cookie } })).status, 404);
  assertEquals((await ask("/x", { headers: basic(PASSWORD), from: "192.0.2.1" })).status, 404);
  now = new Date(now.getTime() + 10 * MINUTE_MS);
  assertEquals((await ask("/login", loginForm(PASSWORD))).status, 303);
  assertEquals(log.lines.length, 10, "a line for each wrong password");
  const { time: _, ...line } = log.lines[0];
  const refused = { outcome: "refused", address: "203.0.113.7" };
  assertEquals(line, { level: "warning", event: "login", ...refused });
});

Deno.test("strangers lock nobody out who has logged in before, also with an expired session", async () => {
  let now = new Date("2026-11-30T12:00:00Z");
  using _log = captureLog();
  const ask = await startDashboard(accessOf(), { now: () => now });
  const cookie = await logIn(ask);
  now = new Date(now.getTime() + 30 * 86_400_000);
  const withCookie = (cookie: string, password: string) => {
    const form = loginForm(password);
    return ask("/login", { ...form, headers: { ...BROWSER, cookie }, from: "192.0.2.1" });
  };
  for (let i = 0; i < 200; i++) {
    await ask("/x", { headers: basic("a wrong password"), from: `192.0.2.${i % 100}` });
  }
  for (const from of ["192.0.2.1", "198.51.100.1"]) {
    assertEquals((await ask("/login", { ...loginForm(PASSWORD), from })).status, 429);
  }
  const [forged] = cookie.split(".");
  assertEquals((await withCookie(`${forged}.${"A".repeat(43)}`, PASSWORD)).status, 429);
  for (let i = 0; i < 10; i++) assertEquals((await withCookie(cookie, "mistyped")).status, 403);
  assertEquals((await withCookie(cookie, PASSWORD)).status, 429, "its own guesses count");
  now = new Date(now.getTime() + 9 * MINUTE_MS);
  const other = await logIn(await startDashboard(accessOf(), { now: () => now }));
  assertEquals((await withCookie(other, PASSWORD)).status, 303);
});

Deno.test("behind a proxy, strangers lock out only themselves", async () => {
  using log = captureLog();
  const ask = await startDashboard(accessOf());
  const via = (forwardedFor: string, password: string) => {
    const form = loginForm(password);
    const headers = { ...BROWSER, "x-forwarded-for": forwardedFor };
    return ask("/login", { ...form, headers, from: "127.0.0.1" });
  };
  for (let i = 0; i < 10; i++) {
    assertEquals((await via(`198.51.100.${i}, 203.0.113.7`, "wrong")).status, 403);
  }
  assertEquals((await via("203.0.113.7", PASSWORD)).status, 429);
  assertEquals((await via("203.0.113.8", PASSWORD)).status, 303);
  assertEquals(log.lines[0].address, "203.0.113.7");
});

Deno.test("guesses at the same time are counted one by one", async () => {
  using _log = captureLog();
  const ask = await startDashboard(accessOf());
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => ask("/x", { headers: basic(`guess number ${i}`) })),
  );
  assertEquals(answers.filter(({ status }) => status === 401).length, 10);
  assertEquals(answers.filter(({ status }) => status === 429).length, 40);
});

Deno.test("neither a header nor another address of the same network gives more guesses", async () => {
  using _log = captureLog();
  const ask = await startDashboard(accessOf());
  const statuses = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const headers = {
      ...basic(`guess number ${i}`),
      "x-forwarded-for": `198.51.100.${i}`,
      "x-real-ip": `198.51.100.${i}`,
      "forwarded": `for=198.51.100.${i}`,
      "cf-connecting-ip": `198.51.100.${i}`,
    };
    statuses.add((await ask("/x", { headers, from: `2001:db8:1:2::${i.toString(16)}` })).status);
  }
  assertEquals([...statuses], [401, 429]);
  const other = await ask("/x", { headers: basic(PASSWORD), from: "2001:db8:1:3::1" });
  assertEquals(other.status, 404);
});

Deno.test("memory does not grow with the number of guesses", async () => {
  using _log = captureLog();
  const ask = await startDashboard(accessOf());
  let checked = 0;
  for (let i = 0; i < 1_000; i++) {
    const from = `10.${i >> 8}.${i & 255}.1`;
    const { status } = await ask("/x", { headers: basic("a wrong password"), from });
    if (status === 401) checked++;
  }
  assertEquals(checked, 200);
  assert(checked > 0);
});
