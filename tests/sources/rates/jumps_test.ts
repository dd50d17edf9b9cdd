import { assertEquals, assertThrows } from "@std/assert";
import type { ExchangeRate } from "../../../schemas/source/exchange_rate.ts";
import { factExchangeRate } from "../../../schemas/warehouse/fact_exchange_rate.ts";
import { Deliveries } from "./deliveries.ts";
import { bankBody, type RateServer, rateServer, realBody } from "./rate_server.ts";
import { ratesOn } from "./source_options.ts";

/** Returns the row of the peso on the second of two days, for which two providers have these rates. */
async function pesoAfter400(cdn: RateServer, bank: RateServer, ours: number, theirs: number) {
  const isSecond = (date: string) => date === "2023-12-13";
  cdn.answer = ({ date }) => realBody(date, { ars: isSecond(date) ? ours : 400 });
  bank.answer = ({ date }) => bankBody([[date, "ARS", theirs]]);
  const taken = new Deliveries();
  await taken.take(ratesOn("2023-12-13", { urls: [cdn.cdn, bank.bank], from: "2023-12-12" }));
  return taken.row("2023-12-13/eur", "ARS")! as unknown as ExchangeRate;
}

Deno.test("a jump over 20 % is confirmed by another provider that agrees within 2 %", async () => {
  await using cdn = await rateServer(() => 404);
  await using bank = await rateServer(() => 404);
  const confirmed = await pesoAfter400(cdn, bank, 880, 892);
  assertEquals([confirmed.previous_rate, confirmed.confirmed_by], ["400", bank.host]);
  assertEquals(factExchangeRate.row.make(confirmed).rate, "880");
  assertEquals(bank.dates, ["2023-12-13"]);
  const denied = await pesoAfter400(cdn, bank, 880, 404);
  assertEquals([denied.previous_rate, denied.confirmed_by], ["400", null]);
  assertThrows(() => factExchangeRate.row.make(denied), RangeError, "differs by 120.0 % from 400");
});

Deno.test("a rate of a central bank of the days before confirms a jump: banks rest at weekends", async () => {
  await using cdn = await rateServer(({ date }) =>
    realBody(date, { ars: date === "2026-11-29" ? 900 : 400 })
  );
  const confirmedBy = async (date: string, rate: number) => {
    await using bank = await rateServer(() =>
      bankBody([["2026-11-24", "ARS", 400], [date, "ARS", rate]])
    );
    const taken = new Deliveries();
    const urls = [cdn.cdn, bank.bank];
    await taken.take(ratesOn("2026-11-29", { urls, from: "2026-11-28" }));
    const { confirmed_by } = taken.row("2026-11-29/eur", "ARS")!;
    return confirmed_by === bank.host;
  };
  assertEquals(await confirmedBy("2026-11-27", 899), true);
  assertEquals(await confirmedBy("2026-11-27", 400), false);
  assertEquals(await confirmedBy("2026-11-23", 899), false);
});

Deno.test("`from` asks again for a day with a jump: it can be confirmed or corrected by now", async () => {
  await using cdn = await rateServer(() => 404);
  await using bank = await rateServer(() => 404);
  const rates = (ours: number, theirs: number) => {
    cdn.answer = ({ date }) => realBody(date, { ars: date === "2023-12-13" ? ours : 400 });
    bank.answer = ({ date }) => bankBody([[date, "ARS", theirs]]);
  };
  const taken = new Deliveries();
  const take = async (from?: string) =>
    await taken.take(ratesOn("2023-12-14", { urls: [cdn.cdn, bank.bank], from }));
  const row = () => taken.row("2023-12-13/eur", "ARS")!;
  rates(880, 404);
  assertEquals((await take("2023-12-12")).length, 3);
  assertEquals(row().confirmed_by, null);
  assertEquals(await take("2023-12-12"), []); // still in doubt
  rates(880, 892);
  assertEquals(await take(), []); // nobody asked for it
  assertEquals(await take("2023-12-12"), ["2023-12-13/eur"]);
  assertEquals([row().rate, row().confirmed_by], ["880", bank.host]);
  rates(404, 404);
  assertEquals(await take("2023-12-12"), ["2023-12-13/eur"]);
  assertEquals([row().rate, row().confirmed_by], ["404", null]);
  assertEquals(await take("2023-12-12"), []);
});

Deno.test("no other provider is asked about a smaller change", async () => {
  await using cdn = await rateServer(() => 404);
  await using bank = await rateServer(() => 404);
  const small = await pesoAfter400(cdn, bank, 476, 476.1);
  assertEquals([small.previous_rate, small.confirmed_by], ["400", null]);
  assertEquals(factExchangeRate.row.make(small).rate, "476");
  assertEquals(bank.dates, []);
});

Deno.test("a mirror with the same digits confirms no jump", async () => {
  const body = (date: string) => realBody(date, { ars: date === "2026-11-30" ? 900 : 400 });
  await using cdn = await rateServer(({ date }) => body(date));
  await using mirror = await rateServer(({ date }) => body(date));
  const taken = new Deliveries();
  await taken.take(ratesOn("2026-11-30", { urls: [cdn.cdn, mirror.cdn], from: "2026-11-29" }));
  assertEquals(taken.row("2026-11-30/eur", "ARS")!.confirmed_by, null);
  assertEquals(mirror.dates, ["2026-11-30"]);
});

Deno.test("a rate that is back after one day's error is compared with the one before that", async () => {
  await using server = await rateServer(({ date }) =>
    realBody(date, { gbp: date === "2026-11-29" ? 87.1 : 0.871 })
  );
  const taken = new Deliveries();
  const source = () => ratesOn("2026-11-30", { urls: [server.cdn], from: "2026-11-28" });
  // The second run has the first days from the lake.
  await taken.take(source(), { most: 2 });
  await taken.take(source());
  const previous = ["28", "29", "30"].map((day) =>
    taken.row(`2026-11-${day}/eur`, "GBP")!.previous_rate
  );
  assertEquals(previous, [null, "0.871", "0.871"]);
});

Deno.test("the rate before is that of the last day that has one, over gaps", async () => {
  await using server = await rateServer(({ date }) =>
    date === "2026-11-21" || date === "2026-11-28" ? realBody(date) : 404
  );
  const taken = new Deliveries();
  await taken.take(ratesOn("2026-11-28", { urls: [server.cdn], from: "2026-11-20" }));
  const { rate, previous_rate } = taken.row("2026-11-28/eur", "GBP")!;
  assertEquals(previous_rate, rate);
});

Deno.test("a body that the lake has lost holds up no new day: the day before it serves", async () => {
  const rates: Record<string, number> = { "2026-11-27": 1.1, "2026-11-28": 1.2, "2026-11-29": 1.3 };
  await using server = await rateServer(({ date }) => realBody(date, { usd: rates[date] ?? 1.4 }));
  const taken = new Deliveries();
  await taken.take(ratesOn("2026-11-29", { urls: [server.cdn], from: "2026-11-27" }));
  taken.bodies.delete("2026-11-29/eur");
  await taken.take(ratesOn("2026-11-30", { urls: [server.cdn] }));
  assertEquals(taken.row("2026-11-30/eur", "USD")!.previous_rate, "1.2");
});

Deno.test("a rate that no currency can have goes to quarantine, with the reason", () => {
  const row = (rate: string) => ({ rate, previous_rate: null, confirmed_by: null }) as ExchangeRate;
  for (const rate of ["0", "-1.1", "0.0000000000000001", "10000000000000000"]) {
    assertThrows(() => factExchangeRate.row.make(row(rate)), RangeError, `rate ${rate} is not`);
  }
});
