import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigurationError, SourceError } from "../../../sdk/errors.ts";
import { readWhole } from "../../../sdk/lake/data_objects.ts";
import { sourceStore } from "../../../sdk/lake/source_store.ts";
import { extractSource } from "../../../sdk/sources/extract_source.ts";
import { ratesSource } from "../../../sdk/sources/rates/rates.ts";
import { rowsOf, testLake } from "../../support/lake.ts";
import { Deliveries } from "./deliveries.ts";
import { bankBody, rateServer, realBody } from "./rate_server.ts";
import { ratesOn } from "./source_options.ts";

/** A server on which every day is published. */
const published = () => rateServer(({ date }) => realBody(date));

Deno.test("ratesSource() keeps the body verbatim and makes a row of each currency of ISO 4217", async () => {
  await using server = await published();
  await using lake = await testLake();
  const source = ratesOn("2026-11-30", { urls: [server.cdn] });
  const { commits: [commit], documents } = await extractSource({ source, ...lake });
  const store = sourceStore(lake.ingestion, "rates");
  assertEquals(documents.map(({ name, version, outcome }) => [name, version, outcome]), [
    ["2026-11-30/eur", server.host, "read"],
  ]);
  const body = await readWhole(store, documents[0].body!);
  assertEquals(new TextDecoder().decode(body), realBody("2026-11-30"));
  const rows = await rowsOf(store, commit.tables.exchange_rate);
  assertEquals(rows.find(({ quote_currency }) => quote_currency === "GBP"), {
    exchange_rate_id: "2026-11-30/eur/gbp",
    rate_date: "2026-11-30",
    base_currency: "EUR",
    quote_currency: "GBP",
    rate: /"gbp":([\d.]+)/.exec(realBody("2026-11-30"))![1],
    provider: server.host,
    previous_rate: null,
    confirmed_by: null,
  });
  const codes = rows.map(({ quote_currency }) => String(quote_currency));
  assertEquals(codes, codes.toSorted());
  assert(codes.length > 150 && !codes.includes("BTC") && !codes.includes("DEM"), codes.join());
});

Deno.test("ratesSource() keeps the digits of a rate, which a float would round", async () => {
  const digits = '"usd":1.10,"jpy":1.8e2,"vnd":3.000000000000000000001,"kwd":3.7e-7';
  await using server = await rateServer(({ date }) => `{"date":"${date}","eur":{${digits}}}`);
  const taken = new Deliveries();
  await taken.take(ratesOn("2026-11-30", { urls: [server.cdn] }));
  assertEquals(
    ["USD", "JPY", "VND", "KWD"].map((code) => taken.row("2026-11-30/eur", code)!.rate),
    ["1.10", "180", "3.000000000000000000001", "0.00000037"],
  );
});

Deno.test("the URL of a date has leading zeros, as the CDN wants it", async () => {
  await using server = await published();
  await new Deliveries().take(ratesOn("2026-03-04", { urls: [server.cdn] }));
  assertEquals(server.paths, [
    "/npm/@fawazahmed0/currency-api@2026-03-04/v1/currencies/eur.min.json",
  ]);
});

Deno.test("the providers are asked in order until one has the day", async () => {
  await using cdn = await rateServer(() => 404);
  await using bank = await rateServer(({ date }) => bankBody([[date, "USD", 1.0956]]));
  await using third = await published();
  const taken = new Deliveries();
  const urls = [cdn.cdn, bank.bank, third.cdn];
  await taken.take(ratesOn("2024-01-03", { urls, from: "2024-01-02" }), { most: 1 });
  assertEquals(taken.ledger.latest("2024-01-02/eur")?.version, bank.host);
  assertEquals(taken.row("2024-01-02/eur", "USD"), {
    exchange_rate_id: "2024-01-02/eur/usd",
    rate_date: "2024-01-02",
    base_currency: "EUR",
    quote_currency: "USD",
    rate: "1.0956",
    provider: bank.host,
    previous_rate: null,
    confirmed_by: null,
  });
  assertEquals(bank.paths[0], "/v2/rates?date=2024-01-02&base=eur");
  assert(cdn.dates.includes("2024-01-02") && !third.dates.includes("2024-01-02"));
});

Deno.test("a rate of an earlier day, as Frankfurter has it at a weekend, is not carried forward", async () => {
  await using bank = await rateServer(() =>
    bankBody([["2026-11-27", "USD", 1.1], ["2026-11-28", "ILS", 3.9]])
  );
  const taken = new Deliveries();
  // A Saturday with one bank, and a Sunday with none.
  await taken.take(ratesOn("2026-11-30", { urls: [bank.bank], from: "2026-11-28" }));
  assertEquals(taken.outcomes(), { "2026-11-28/eur": "read" });
  assertEquals(taken.rows.get("2026-11-28/eur")!.map((row) => row.quote_currency), ["ILS"]);
});

Deno.test("the rates of central banks count when their day is over: they come one after another", async () => {
  await using bank = await rateServer(({ date }) => bankBody([[date, "NZD", 2.01]]));
  const taken = new Deliveries();
  await taken.take(ratesOn("2026-11-30", { urls: [bank.bank] }));
  assertEquals(taken.outcomes(), {});
  await taken.take(ratesOn("2026-12-01", { urls: [bank.bank], from: undefined }));
  assertEquals(
    taken.outcomes(),
    Object.fromEntries(
      ["28", "29", "30"].map((day) => [`2026-11-${day}/eur`, "read"]),
    ),
  );
});

Deno.test("a day is asked for on later runs for three days, and is missing after that", async () => {
  await using server = await rateServer(({ date }) => date === "2026-11-26" ? 404 : realBody(date));
  const asked = () => server.dates.filter((date) => date === "2026-11-26").length;
  const taken = new Deliveries();
  const tick = (today: string) =>
    taken.take(ratesOn(today, { urls: [server.cdn], from: undefined }));
  for (const [index, today] of ["26", "27", "28", "29"].entries()) {
    await tick(`2026-11-${today}`);
    assertEquals(taken.ledger.latest("2026-11-26/eur"), undefined);
    assertEquals(asked(), index + 1);
  }
  await tick("2026-11-30");
  assertEquals(taken.ledger.latest("2026-11-26/eur")?.outcome, "missing");
  assertEquals(taken.ledger.latest("2026-11-26/eur")?.reason, "not published within 3 days");
  assertEquals(taken.rows.has("2026-11-26/eur"), false);
  await tick("2026-11-30");
  assertEquals(asked(), 5);
});

Deno.test("a fallback that is down is an error when its day is overdue, or the first provider fails", async () => {
  await using first = await rateServer(() => 404);
  await using fallback = await rateServer(() => 503);
  const taken = new Deliveries();
  const urls = [first.cdn, fallback.bank];
  const run = (today: string) => taken.take(ratesOn(today, { urls, from: "2026-11-30" }));
  first.answer = ({ date }) => date === "2026-12-03" ? realBody(date) : 404;
  assertEquals(await run("2026-12-03"), ["2026-12-03/eur"]);
  await assertRejects(
    () => run("2026-12-04"),
    SourceError,
    `2026-11-30: ${fallback.host}: HTTP 503`,
  );
  first.answer = () => 503;
  fallback.answer = () => 404;
  await assertRejects(() => run("2026-11-30"), SourceError, `2026-11-30: ${first.host}: HTTP 503`);
  assertEquals(taken.outcomes(), { "2026-12-03/eur": "read" });
});

Deno.test("a missing day that is published after all is found by `from`, once", async () => {
  await using server = await rateServer(({ date }) => date === "2025-12-10" ? 404 : realBody(date));
  const taken = new Deliveries();
  const run = (from?: string) => taken.take(ratesOn("2025-12-20", { urls: [server.cdn], from }));
  await run("2025-12-09");
  assertEquals(taken.ledger.latest("2025-12-10/eur")?.outcome, "missing");
  // It is still missing: that is no news.
  assertEquals(await run("2025-12-09"), []);
  server.answer = ({ date }) => realBody(date);
  assertEquals(await run(), []);
  assertEquals(await run("2025-12-09"), ["2025-12-10/eur"]);
  assertEquals(taken.ledger.latest("2025-12-10/eur")?.outcome, "read");
  assertEquals(await run("2025-12-09"), []);
});

Deno.test("`from` backfills a year, the oldest day first, and a run without `from` resumes it", async () => {
  await using server = await published();
  const taken = new Deliveries();
  const run = (from?: string, most?: number) =>
    taken.take(ratesOn("2026-11-30", { urls: [server.cdn], from }), { most });
  const first = await run("2025-12-01", 100);
  assertEquals([first[0], first.length], ["2025-12-01/eur", 100]);
  assert(server.busiest() > 1 && server.busiest() <= 4, `${server.busiest()} requests at a time`);
  const rest = await run();
  assertEquals([rest[0], rest.at(-1), rest.length], ["2026-03-11/eur", "2026-11-30/eur", 265]);
  const names = [...first, ...rest];
  assertEquals(names, names.toSorted());
});

Deno.test("a day that cannot be read holds up no other day", async () => {
  await using server = await rateServer(({ date }) =>
    realBody(date === "2026-11-28" ? "2026-11-01" : date)
  );
  const taken = new Deliveries();
  const source = ratesOn("2026-11-30", { urls: [server.cdn], from: "2026-11-27" });
  await assertRejects(
    () => taken.take(source),
    SourceError,
    `cannot read the exchange rates of 2026-11-28: ${server.host}: the body is of 2026-11-01`,
  );
  assertEquals(Object.keys(taken.outcomes()), [
    "2026-11-27/eur",
    "2026-11-29/eur",
    "2026-11-30/eur",
  ]);
});

Deno.test("a run ends when the providers are down, and the next one continues", async () => {
  await using server = await rateServer(() => 503);
  const taken = new Deliveries();
  const run = () => taken.take(ratesOn("2026-11-30", { urls: [server.cdn], from: "2025-11-30" }));
  const error = await assertRejects(run, SourceError, "HTTP 503");
  assert(error.retryable);
  assert(new Set(server.dates).size < 10, `${server.dates.length} requests`);
  assertEquals(taken.outcomes(), {});
  server.answer = ({ date }) => realBody(date);
  assertEquals((await run()).length, 366);
});

Deno.test("a date without a host of its own is not published, if another provider answers", async () => {
  await using server = await rateServer(() => 404);
  const asked: string[] = [];
  const withoutHosts: typeof fetch = (input, init) => {
    asked.push(String(input));
    if (String(input).startsWith("http://127.0.0.1")) return fetch(input, init);
    return Promise.reject(new TypeError("no such host"));
  };
  const run = async (...urls: string[]) => {
    const taken = new Deliveries();
    const source = ratesOn("2026-11-05", { urls, fetch: withoutHosts, from: "2026-11-01" });
    await taken.take(source);
    return taken.outcomes();
  };
  const perDate = "https://{date}.rates.example.com/{code}.json";
  assertEquals(await run(perDate, server.cdn), { "2026-11-01/eur": "missing" });
  // Nor is it asked again: that would take long for a year.
  assertEquals(asked.length, new Set(asked).size);
  // No provider answers: the network can be down.
  await assertRejects(() => run(perDate), SourceError, "rates.example.com: no such host");
});

Deno.test("aborting the signal stops a backfill cleanly", async () => {
  await using server = await published();
  const taken = new Deliveries();
  const stop = new AbortController();
  server.answer = ({ date }) => {
    if (date === "2026-11-10") setTimeout(() => stop.abort(new Error("stopped")), 50);
    return date >= "2026-11-10" ? { fault: "silent" } : realBody(date);
  };
  const source = ratesOn("2026-11-30", { urls: [server.cdn], from: "2026-11-01" });
  assertEquals((await taken.take(source, { signal: stop.signal })).length, 9);
});

Deno.test("ratesSource() reports which option is wrong, and no part of a URL", () => {
  const urls = ["https://example.com/{date}"];
  for (
    const [options, message] of [
      [{ urls: [], base: "eur" }, "no URL of exchange rates"],
      [{ urls, base: "btc" }, "btc is no currency of ISO 4217"],
      [{ urls, base: "eur", from: "2026-11-31" }, "2026-11-31 is not a date"],
      [{ urls, base: "eur", from: "0206-11-30" }, "0206-11-30 is not a date since 1900-01-01"],
      [{ urls: ["https://key@example.com/latest"], base: "eur" }, "a URL of exchange rates is not"],
      [{ urls: ["file:///{date}"], base: "eur" }, "a URL of exchange rates is not"],
    ] as const
  ) {
    const error = assertThrows(() => ratesSource(options), ConfigurationError, message);
    assert(!error.message.includes("key"));
  }
});
