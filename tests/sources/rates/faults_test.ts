import { assert, assertEquals, assertRejects } from "@std/assert";
import { SourceError } from "../../../sdk/errors.ts";
import { isPrivate } from "../../../sdk/sources/rates/redirects.ts";
import { Deliveries } from "./deliveries.ts";
import { type Answer, bankBody, rateServer, realBody } from "./rate_server.ts";
import { ratesOn } from "./source_options.ts";

const DATE = "2026-11-30";
const SECRET = "TOPSECRET";
const BODY = realBody(DATE);

/** Answers that are not the rates of the day, and what the error says of each. */
const FAULTS: Readonly<Record<string, readonly [answer: Answer, reason: RegExp]>> = {
  "a page that says it is JSON": [`<html>${SECRET}</html>`, /: the body is HTML$/],
  "a body that ends too early": [BODY.slice(0, 500), /: the body is not JSON$/],
  "a connection that ends in the body": [{ body: BODY, fault: "cut" }, /: .+$/],
  "a body that is no UTF-8": [
    { body: new Uint8Array([0x22, 0xff, 0x22]) },
    /: the body is not JSON$/,
  ],
  "a body that is not compressed as it says": [
    { body: BODY, headers: { "content-encoding": "gzip" } },
    /: .+$/,
  ],
  "a body of another date": [realBody("2026-11-29"), /: the body is of 2026-11-29$/],
  "a body of a date that is none": [realBody(SECRET), /: the body has no date$/],
  "rows of a later date": [bankBody([["2026-12-01", "USD", 1.1]]), /: the body is of 2026-12-01$/],
  "a body of another base": [
    BODY.replace('"eur":{', '"usd":{'),
    /: the body has rates of another base$/,
  ],
  "a base that costs more than itself": [
    realBody(DATE, { eur: 1.5 }),
    /: the base does not cost 1 of itself$/,
  ],
  "a body without rates": [`{"date":"${DATE}","eur":{}}`, /: the body has no rates$/],
  "rates that are no object": [`{"date":"${DATE}","eur":1}`, /: the body has another shape$/],
  "two rates of one currency": [
    bankBody([[DATE, "USD", 1.1], [DATE, "USD", 1.2]]),
    /: a currency has two rates$/,
  ],
  "a name that is there twice": [
    `{"date":"${DATE}","eur":{"usd":1.1,"gbp":0.9,"\\u0075sd" : 1.2}}`,
    /: a name is there twice$/,
  ],
  "rates that are there twice": [
    `{"date":"${DATE}","eur":{"usd":1.1},"eur":{"usd":1.2}}`,
    /: a name is there twice$/,
  ],
  "a rate that is no number of JSON": [
    `{"date":"${DATE}","eur":{"usd":NaN}}`,
    /: the body is not JSON$/,
  ],
  "JSON that nests without end": ["[".repeat(200_000), /: the body is not JSON$/],
  "a body without end": [{ fault: "endless" }, /: the body has more than 1 MiB$/],
  "no answer": [{ fault: "silent" }, /: no full answer within 0\.15 s$/],
  "a body that comes too slowly": [
    { body: " ", fault: "drip" },
    /: no full answer within 0\.15 s$/,
  ],
  "a server error": [{ status: 503, body: SECRET }, /: HTTP 503$/],
  "a refusal": [{ status: 403, body: SECRET }, /: HTTP 403$/],
  "a part of the body": [{ status: 206, body: BODY }, /: HTTP 206$/],
  "a redirect to itself": [
    { status: 302, headers: { location: `/${DATE}` } },
    /: more than 3 redirects$/,
  ],
  "a redirect to a file": [
    { status: 302, headers: { location: "file:///etc/passwd" } },
    /: redirect to file$/,
  ],
  "a redirect without a target": [{ status: 302 }, /: HTTP 302$/],
};

for (const [what, [answer, reason]] of Object.entries(FAULTS)) {
  Deno.test(`after ${what}, the next provider is asked; without one, the error says why`, async () => {
    await using faulty = await rateServer(() => answer);
    await using good = await rateServer(() => BODY);
    const taken = new Deliveries();
    const run = (urls: string[]) => taken.take(ratesOn(DATE, { urls, timeoutMs: 150 }));
    const faultyUrl = `${faulty.cdn}?key=${SECRET}`;
    const error = await assertRejects(() => run([faultyUrl]), SourceError);
    assert(
      error.message.startsWith(
        `cannot read the exchange rates of ${DATE}: ${faulty.host}: `,
      ),
      error.message,
    );
    assert(reason.test(error.message), error.message);
    assert(error.retryable && error.message.length < 300 && !Deno.inspect(error).includes(SECRET));
    await run([faultyUrl, good.cdn]);
    assertEquals(taken.ledger.latest(`${DATE}/eur`)?.version, good.host);
  });
}

Deno.test("a server that cannot be reached is named without the rest of its URL", async () => {
  const closed = await rateServer(() => 404);
  await closed[Symbol.asyncDispose]();
  for (const host of [closed.host, "rates.invalid"]) {
    const urls = [`http://${host}/{date}?key=${SECRET}`];
    const error = await assertRejects(
      () => new Deliveries().take(ratesOn(DATE, { urls })),
      SourceError,
      `cannot read the exchange rates of ${DATE}: ${host}: `,
    );
    assert(!Deno.inspect(error).includes(SECRET), Deno.inspect(error));
  }
});

Deno.test("the body counts, not the type that the server says it has", async () => {
  await using server = await rateServer(() => ({
    body: `\uFEFF${BODY}`,
    headers: { "content-type": "text/html" },
  }));
  const taken = new Deliveries();
  assertEquals(await taken.take(ratesOn(DATE, { urls: [server.cdn] })), [`${DATE}/eur`]);
});

Deno.test("what a retry can change is retried, and nothing else", async () => {
  const attempts = async (answer: Answer) => {
    await using server = await rateServer(({ attempt }) => attempt < 3 ? answer : BODY);
    await new Deliveries().take(ratesOn(DATE, { urls: [server.cdn] })).catch(() => {});
    return server.dates.length;
  };
  assertEquals(await attempts(500), 3);
  assertEquals(await attempts({ status: 429, headers: { "retry-after": "0" } }), 3);
  assertEquals(await attempts({ body: BODY, fault: "cut" }), 3);
  assertEquals(await attempts(404), 1);
  assertEquals(await attempts(401), 1);
  assertEquals(await attempts("<html>"), 1);
});

Deno.test("a redirect is followed to another host, as from http to https", async () => {
  await using good = await rateServer(() => BODY);
  await using server = await rateServer(({ url }) => {
    const location = `http://${good.host}${url}`;
    return { status: 301, headers: { location } };
  });
  const taken = new Deliveries();
  await taken.take(ratesOn(DATE, { urls: [server.cdn] }));
  // The provider is the one that the setting names.
  assertEquals(taken.ledger.latest(`${DATE}/eur`)?.version, server.host);
  assertEquals(good.dates.length, 1);
});

Deno.test("a redirect from a public https URL leads neither to http nor to a private address", async () => {
  const run = async (location: string) => {
    const asked: string[] = [];
    const redirect = (input: string | URL | Request): Promise<Response> => {
      asked.push(String(input));
      const headers = { location };
      const isFirst = asked.length === 1;
      return Promise.resolve(
        isFirst ? new Response(null, { status: 302, headers }) : new Response(BODY),
      );
    };
    const urls = ["https://rates.example.com/{date}/{code}.json"];
    const failure = await new Deliveries().take(ratesOn(DATE, { urls, fetch: redirect }))
      .then(() => "", (error: Error) => error.message.split(": ").at(-1)!);
    assertEquals(asked.length, failure === "" ? 2 : 1);
    return failure;
  };
  assertEquals(await run("https://other.example.com/x"), "");
  assertEquals(await run("//other.example.com/x"), "");
  assertEquals(await run("http://rates.example.com/x"), "redirect to http");
  const hosts =
    "127.0.0.1 0x7f.1 2130706433 10.1.2.3 169.254.169.254 192.168.0.1 172.31.0.1 100.64.0.1 [::1] " +
    "[::ffff:10.0.0.1] [fd00::1] [fe80::1] localhost localhost. metadata.google.internal printer";
  for (const host of hosts.split(" ")) {
    assertEquals(await run(`https://${host}/x`), "redirect to a private address", host);
  }
});

Deno.test("isPrivate() knows public addresses and names", () => {
  for (const host of ["93.184.216.34", "172.32.0.1", "[2606:4700::1]", "cdn.jsdelivr.net"]) {
    assertEquals(isPrivate(host), false, host);
  }
});
