import { assertEquals, assertMatch } from "@std/assert";
import {
  addressMatcher,
  addressOf,
  clientAddress,
  clientOf,
} from "../../../../functions/dashboard/access/client.ts";
import { accessOf, basic, BROWSER, PASSWORD, startDashboard } from "../fake_dashboard.ts";

const PROXY = { proxyHeader: "x-forwarded-email", proxies: ["127.0.0.1", "::1", "10.1.0.0/16"] };
const SIGNED_IN = { ...BROWSER, "x-forwarded-email": "ada@example.com" };

Deno.test("the header of a proxy opens the dashboard from its addresses, and from no other", async () => {
  const ask = await startDashboard(accessOf(PROXY));
  for (const from of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.255.255"]) {
    const open = await ask("/x", { from, headers: SIGNED_IN });
    assertEquals(open.status, 404, from);
    assertEquals((await open.text()).includes("Sign out"), false, "the proxy signs out");
  }
  const spoofed = {
    ...SIGNED_IN,
    "x-forwarded-for": "127.0.0.1",
    "x-real-ip": "127.0.0.1",
    forwarded: "for=127.0.0.1",
    host: "127.0.0.1",
  };
  for (const from of ["203.0.113.7", "10.2.0.1", "127.0.0.2", "::2", "::ffff:10.2.0.1", ""]) {
    assertEquals((await ask("/x", { from, headers: spoofed })).status, 302, from);
  }
});

Deno.test("an empty or missing header opens nothing, not even from the proxy", async () => {
  const ask = await startDashboard(accessOf(PROXY));
  for (const user of [null, "", " ", ",", ", ,\t"]) {
    const headers = user === null ? BROWSER : { ...BROWSER, "x-forwarded-email": user };
    assertEquals((await ask("/x", { from: "127.0.0.1", headers })).status, 302, `${user}`);
  }
  const twice = new Headers(BROWSER);
  for (const user of ["", ""]) twice.append("x-forwarded-email", user);
  assertEquals((await ask("/x", { from: "127.0.0.1", headers: twice })).status, 302);
  assertEquals((await ask("/x", { from: "127.0.0.1", headers: basic(PASSWORD) })).status, 404);
});

Deno.test("without a password, there is only the proxy: no login page, no Basic", async () => {
  const ask = await startDashboard(accessOf({ ...PROXY, password: null }));
  for (const path of ["/", "/login", "/x"]) {
    const closed = await ask(path, { headers: { ...BROWSER, ...basic("") } });
    assertEquals([closed.status, closed.headers.get("www-authenticate")], [403, null]);
    assertMatch(await closed.text(), /proxy/);
  }
  assertEquals((await ask("/login", { method: "POST", body: "password=" })).status, 403);
  assertEquals((await ask("/x", { from: "127.0.0.1", headers: SIGNED_IN })).status, 404);
});

Deno.test("without settings of a proxy, no header opens the dashboard", async () => {
  const ask = await startDashboard(accessOf());
  assertEquals((await ask("/x", { from: "127.0.0.1", headers: SIGNED_IN })).status, 302);
});

Deno.test("addressOf() knows the address of a TCP connection only", () => {
  assertEquals(addressOf({ transport: "tcp", hostname: "::FFFF:1.2.3.4", port: 1 }), "1.2.3.4");
  assertEquals(addressOf({ transport: "unix", path: "/run/x" }), null);
  assertEquals(addressOf(undefined), null);
});

Deno.test("clientAddress() believes the last address that is not a proxy's", () => {
  const isProxy = addressMatcher(["127.0.0.1", "10.1.0.0/16", "2001:db8::1"]);
  const of = (address: string | null, forwardedFor: string | null) =>
    clientAddress(address, forwardedFor, isProxy);
  assertEquals(of("127.0.0.1", null), "127.0.0.1");
  assertEquals(of("127.0.0.1", "203.0.113.7"), "203.0.113.7");
  assertEquals(of("127.0.0.1", "1.1.1.1, 203.0.113.7"), "203.0.113.7", "the client made one up");
  assertEquals(of("127.0.0.1", "1.1.1.1, 203.0.113.7, 10.1.2.3, 2001:db8::1"), "203.0.113.7");
  assertEquals(of("127.0.0.1", "10.1.2.3"), "10.1.2.3", "only proxies");
  for (const hop of ["203.0.113.7:4711", "::ffff:203.0.113.7", "[::ffff:203.0.113.7]:80"]) {
    assertEquals(of("127.0.0.1", hop), "203.0.113.7", hop);
  }
  for (const hop of ["2001:db8::2", "[2001:db8::2]", "[2001:db8::2]:443"]) {
    assertEquals(of("10.1.0.1", hop), "2001:db8::2", hop);
  }
  for (const text of ["", ",", "unknown", "1.1.1.1, unknown", "1.1.1.1,", "999.1.1.1", "a b"]) {
    assertEquals(of("127.0.0.1", text), "127.0.0.1", text);
  }
  assertEquals(of("203.0.113.9", "1.1.1.1"), "203.0.113.9", "a client is not a proxy");
  assertEquals(of(null, "1.1.1.1"), null);
});

Deno.test("clientOf() counts an IPv6 network as one client", () => {
  assertEquals(clientOf("2001:db8::1"), clientOf("2001:0db8:0000:0000:ffff::"));
  assertEquals(clientOf("2001:db8:0:1::1") === clientOf("2001:db8::1"), false);
  assertEquals(clientOf("fe80::1%eth0"), clientOf("fe80::2"));
  assertEquals(clientOf("::1"), "0:0:0:0");
  assertEquals(clientOf("192.0.2.1") === clientOf("192.0.2.2"), false);
  assertEquals(clientOf(null), "local");
});

Deno.test("addressMatcher() matches ranges of both families, and no text that is no address", () => {
  const matches = addressMatcher(["192.0.2.0/25", "2001:db8::/33"]);
  assertEquals(matches("192.0.2.127"), true);
  assertEquals(matches("192.0.2.128"), false);
  assertEquals(matches("2001:db8:7fff::1"), true);
  assertEquals(matches("2001:db8:8000::1"), false);
  assertEquals([matches(null), matches(""), matches("localhost")], [false, false, false]);
});
