import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
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

const SECRET = /correct horse/;

Deno.test("a browser without a session is sent to the login page, and back after it", async () => {
  const ask = await startDashboard(accessOf());
  const closed = await ask("/business?period=7d", { headers: BROWSER });
  assertEquals([closed.status, closed.headers.get("www-authenticate")], [302, null]);
  const to = closed.headers.get("location")!;
  assertEquals(to, "/login?return=%2Fbusiness%3Fperiod%3D7d");
  const page = await (await ask(to, { headers: BROWSER })).text();
  assertStringIncludes(page, '<input type="hidden" name="return" value="/business?period=7d"/>');
  const open = await ask("/login", loginForm(PASSWORD, "/business?period=7d"));
  assertEquals([open.status, open.headers.get("location")], [303, "/business?period=7d"]);
});

Deno.test("a session opens every page until it is ended", async () => {
  const ask = await startDashboard(accessOf());
  const cookie = await logIn(ask);
  const page = await ask("/no-page", { headers: { ...BROWSER, cookie } });
  assertEquals(page.status, 404);
  assertStringIncludes(await page.text(), '<form method="post" action="/logout">');
  const out = await ask("/logout", { method: "POST", headers: { cookie } });
  assertEquals([out.status, out.headers.get("location")], [303, "/login"]);
  assertMatch(out.headers.get("set-cookie")!, /^session=; Max-Age=0; Path=\//);
  assertEquals(out.headers.get("clear-site-data"), '"cache"', "the browser keeps no page");
});

Deno.test("the session's cookie is out of reach of scripts and of other sites", async () => {
  const ask = await startDashboard(accessOf());
  const plain = await ask("/login", loginForm(PASSWORD));
  assertMatch(
    plain.headers.get("set-cookie")!,
    /^session=\d+\.[\w-]{43}; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  const secure = await ask("/login", { ...loginForm(PASSWORD), at: "https://dashboard.example" });
  assertMatch(
    secure.headers.get("set-cookie")!,
    /^__Host-session=[^;]+; Max-Age=34560000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  const behind = await startDashboard(accessOf({ url: "https://dashboard.example" }));
  const proxied = await behind("/login", loginForm(PASSWORD));
  assertMatch(proxied.headers.get("set-cookie")!, /^__Host-session=.*; Secure/);
  assertEquals(proxied.headers.has("strict-transport-security"), true);
});

Deno.test("a cookie without the prefix opens nothing over https", async () => {
  const ask = await startDashboard(accessOf());
  const at = "https://dashboard.example";
  const cookie = await logIn(ask, { at });
  assertEquals((await ask("/x", { at, headers: { ...BROWSER, cookie } })).status, 404);
  const fixed = cookie.replace("__Host-", "");
  assertEquals((await ask("/x", { at, headers: { ...BROWSER, cookie: fixed } })).status, 302);
});

Deno.test("a wrong password gets the page again, without the password in it", async () => {
  using _log = captureLog();
  const ask = await startDashboard(accessOf());
  for (
    const wrong of ["", "wrong horse", `${PASSWORD} `, PASSWORD.toUpperCase(), "a".repeat(999)]
  ) {
    const refused = await ask("/login", {
      ...loginForm(wrong),
      from: `192.0.2.${wrong.length % 250}`,
    });
    const page = await refused.text();
    assertEquals([refused.status, refused.headers.get("set-cookie")], [403, null]);
    assertMatch(page, /role="alert">.*The password is wrong\./);
    assert(!SECRET.test(page));
    assert(!page.includes("wrong horse"));
  }
});

Deno.test("a form that another site sends is refused, whatever it holds", async () => {
  const ask = await startDashboard(accessOf({ url: "https://totesys.example" }));
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "https://dashboard.example.evil.example" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", origin: "http://dashboard.example" },
  ];
  const cookie = await logIn(ask);
  for (const headers of foreign) {
    const form = { ...loginForm(PASSWORD), headers: { ...BROWSER, ...headers } };
    const refused = await ask("/login", form);
    assertEquals([refused.status, refused.headers.get("set-cookie")], [403, null], headers.origin);
    const out = await ask("/logout", { method: "POST", headers: { ...headers, cookie } });
    assertEquals([out.status, out.headers.get("set-cookie")], [403, null]);
  }
  const own: Record<string, string>[] = [
    { origin: "http://dashboard.example" },
    { origin: "https://totesys.example" },
    { "sec-fetch-site": "same-origin", origin: "https://totesys.example" },
    {},
  ];
  for (const headers of own) {
    const form = { ...loginForm(PASSWORD), headers: { ...BROWSER, ...headers } };
    assertEquals((await ask("/login", form)).status, 303, JSON.stringify(headers));
  }
});

Deno.test("a huge form is refused, also one that does not say how huge it is", async () => {
  const ask = await startDashboard(accessOf());
  const huge = await ask("/login", { method: "POST", body: "password=" + "x".repeat(100_000) });
  assertEquals(huge.status, 413);
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled++;
      controller.enqueue(new Uint8Array(1_000).fill(120));
    },
  });
  const refused = await ask("/login", { method: "POST", body: endless });
  assertEquals(refused.status, 413);
  assert(pulled < 20, `${pulled} kB were read`);
});

Deno.test("a tool sends the password with each request, under any user name", async () => {
  const ask = await startDashboard(accessOf({
    password: { get: () => Promise.resolve("pass:wörd with ünïcode") },
  }));
  for (const user of ["", "me", "ünï"]) {
    const open = await ask("/x", { headers: basic("pass:wörd with ünïcode", user) });
    assertEquals(open.status, 404, user);
    assertEquals(open.headers.get("set-cookie"), null);
  }
});

Deno.test("a tool without the password gets a challenge; a browser that asks for a page does not", async () => {
  using _log = captureLog();
  const ask = await startDashboard(accessOf());
  const tools: Record<string, string>[] = [
    {},
    { accept: "*/*" },
    { accept: "text/csv" },
    basic("wrong horse battery"),
    { ...BROWSER, ...basic("wrong horse battery") },
  ];
  for (const headers of tools) {
    const refused = await ask("/business/chart.csv", { headers });
    assertEquals(refused.status, 401, JSON.stringify(headers));
    assertEquals(
      refused.headers.get("www-authenticate"),
      'Basic realm="dashboard", charset="UTF-8"',
    );
    assert(!SECRET.test(await refused.text()));
  }
});

Deno.test("a malformed Authorization header opens nothing and fails nothing", async () => {
  using _log = captureLog();
  const ask = await startDashboard(accessOf());
  const malformed = [
    "Basic",
    "Basic ",
    "Basic !!!!",
    "Basic =",
    "Basic YQ",
    `Basic ${btoa("no colon")}`,
    `Basic ${btoa("\xff\xfe:\xff")}`,
    `Bearer ${PASSWORD}`,
    PASSWORD,
    `Basic ${btoa(`me:${PASSWORD}`)} more`,
    `Digest username="me", response="${PASSWORD}"`,
    "Basic " + "QUFB".repeat(5_000),
  ];
  for (const [i, authorization] of malformed.entries()) {
    const refused = await ask("/x", { headers: { authorization }, from: `198.51.100.${i}` });
    assertEquals(refused.status, 401, authorization.slice(0, 40));
  }
});

Deno.test("the login leads to a path of this site only", async () => {
  const ask = await startDashboard(accessOf());
  const foreign = [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "/%09/../..//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "/x\r\nset-cookie: a=b",
    "/ünï",
    "/login?return=/login",
    "/logout",
    "",
    "/" + "x".repeat(3_000),
  ];
  for (const to of foreign) {
    const open = await ask("/login", loginForm(PASSWORD, to));
    const location = open.headers.get("location")!;
    assertEquals(open.status, 303);
    assertEquals(new URL(location, "http://dashboard.example").host, "dashboard.example", to);
    assert(!/evil|login|logout|\s|^\/\//.test(location), to);
    const page = await (await ask(`/login?${new URLSearchParams({ return: to })}`)).text();
    assert(!/evil|javascript:/.test(page), to);
  }
  for (const to of ["/", "/business?from=2026-01-01&to=2026-02-01", "/catalogue/dim_date?x=%2F"]) {
    const open = await ask("/login", loginForm(PASSWORD, to));
    assertEquals(open.headers.get("location"), to);
  }
});
