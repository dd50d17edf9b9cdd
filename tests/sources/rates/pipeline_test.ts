import { assertEquals, assertRejects } from "@std/assert";
import { SourceError } from "../../../sdk/errors.ts";
import { runSource } from "../../../sdk/operate/run_source.ts";
import { testLake } from "../../support/lake.ts";
import { type TestDatabase, testDatabase } from "../../support/postgres.ts";
import { type RateRequest, rateServer } from "./rate_server.ts";
import { ratesOn } from "./source_options.ts";

/** A pipeline of rates from a server, and its warehouse. */
async function pipeline(answer: (request: RateRequest) => string | number) {
  const stack = new AsyncDisposableStack();
  const lake = stack.use(await testLake());
  const database = stack.use(await testDatabase("warehouse"));
  const server = stack.use(await rateServer(answer));
  const run = (today: string, from?: string) => {
    const source = ratesOn(today, { urls: [server.cdn], from });
    return runSource({ ...lake, warehouse: database.url, source });
  };
  return {
    server,
    run,
    sql: database.sql,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const body = (date: string, rates: string) => `{"date":"${date}","eur":{${rates}}}`;

async function warehouseOf({ sql }: Pick<TestDatabase, "sql">) {
  const rates = await sql`SELECT exchange_rate_id, rate FROM fact_exchange_rate ORDER BY 1`;
  const quarantine = await sql`SELECT key, reason FROM etl.quarantine ORDER BY 1`;
  return {
    rates: Object.fromEntries(rates.map(({ exchange_rate_id, rate }) => [exchange_rate_id, rate])),
    quarantine: Object.fromEntries(quarantine.map(({ key, reason }) => [key, reason])),
  };
}

Deno.test("a wrong rate is in quarantine with its reason, and holds up no other rate", async () => {
  const wrong =
    '"usd":null,"gbp":"much","chf":-0.93,"sek":0,"nok":1e400,"dkk":{"rate":7.5},"ars":900';
  await using rates = await pipeline(({ date }) =>
    body(date, date === "2026-11-29" ? '"ars":400,"jpy":175' : `${wrong},"jpy":176.10`)
  );
  await rates.run("2026-11-30", "2026-11-29");
  const reason = (code: string, text: string) => [
    `2026-11-30/eur/${code}`,
    `exchange_rate 2026-11-30/eur/${code}: ${text}`,
  ];
  assertEquals(await warehouseOf(rates), {
    rates: {
      "2026-11-29/eur/ars": "400",
      "2026-11-29/eur/jpy": "175",
      "2026-11-30/eur/jpy": "176.10",
    },
    quarantine: Object.fromEntries([
      reason(
        "ars",
        "rate 900 differs by 125.0 % from 400, the rate before, and no other provider has it",
      ),
      reason("chf", "rate -0.93 is not a positive number that a currency can cost"),
      reason("dkk", "rate: Invalid type: Expected string but received Object"),
      reason("gbp", 'rate: expected a finite decimal number as text, got "much"'),
      reason("nok", 'rate: expected a finite decimal number as text, got "1e400"'),
      reason("sek", "rate 0 is not a positive number that a currency can cost"),
      reason("usd", "rate: Invalid type: Expected string but received null"),
    ]),
  });
});

Deno.test("a gap stays a gap in the warehouse, until `from` finds the day", async () => {
  const jpy = ({ date }: RateRequest) => body(date, `"jpy":17${date.at(-1)}`);
  await using rates = await pipeline((request) =>
    request.date === "2025-12-10" ? 404 : jpy(request)
  );
  const gap = await rates.run("2025-12-15", "2025-12-09");
  assertEquals(
    gap.documents.filter(({ outcome }) => outcome === "missing").map(({ name, reason }) => ({
      name,
      reason,
    })),
    [{ name: "2025-12-10/eur", reason: "not published within 3 days" }],
  );
  const days = async () =>
    Object.keys((await warehouseOf(rates)).rates).map((key) => key.slice(8, 10)).join(" ");
  assertEquals(await days(), "09 11 12 13 14 15");
  rates.server.answer = jpy;
  await rates.run("2025-12-15");
  assertEquals(await days(), "09 11 12 13 14 15");
  await rates.run("2025-12-15", "2025-12-09");
  assertEquals(await days(), "09 10 11 12 13 14 15");
});

Deno.test("what was read before the provider failed is in the warehouse", async () => {
  await using rates = await pipeline(({ date }) =>
    date < "2026-11-29" ? body(date, '"jpy":175.30') : 503
  );
  const error = await assertRejects(() => rates.run("2026-11-30", "2026-11-27"), SourceError);
  assertEquals(
    error.message,
    "cannot read the exchange rates of 2026-11-29 (and of 1 later day): " +
      `${rates.server.host}: HTTP 503`,
  );
  assertEquals(Object.values((await warehouseOf(rates)).rates), ["175.30", "175.30"]);
});
