import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FailedDownload } from "../../../sdk/sources/rates/failed_download.ts";
import { parseRates } from "../../../sdk/sources/rates/parse_rates.ts";
import { propertyRuns } from "../../support/slow.ts";
import { bankBody, realBody } from "./rate_server.ts";

const REQUEST = { date: "2026-11-30", base: "eur", since: "2026-11-30" };
const parse = (text: string) => parseRates(new TextEncoder().encode(text), REQUEST);

Deno.test("parseRates() knows a code only as its provider writes it: one currency has one rate", () => {
  const codes = '{"usd":1.1,"USD":1.2,"Usd":1.3,"ınr":1,"inr":107,"__proto__":{"gbp":1},"us":1}';
  const rates = parse(`{"date":"2026-11-30","eur":${codes}}`)!;
  assertEquals([...rates], [["USD", "1.1"], ["INR", "107"]]);
  // Frankfurter has other assets than currencies, too.
  const rows = ["usd", "USD", "GOLD"].map((quote) => ({
    date: "2026-11-30",
    base: "EUR",
    quote,
    rate: 1.5,
  }));
  assertEquals([...parse(JSON.stringify(rows))!], [["USD", "1.5"]]);
});

Deno.test("parseRates() returns rates or throws a FailedDownload, whatever the body is", () => {
  const bodies = [
    realBody("2026-11-30").slice(0, 400) + "}}",
    bankBody([["2026-11-30", "USD", 1.1]]),
  ];
  // Parts of real bodies, cut and glued: most are JSON, or nearly.
  const text = fc.constantFrom(...bodies).chain((body) =>
    fc.tuple(fc.nat(body.length), fc.nat(body.length), fc.json(), fc.string())
      .map(([from, to, json, text]) => [body.slice(0, from), json, text, body.slice(to)])
  );
  const values = fc.json({ maxDepth: 3 });
  const shaped = fc.oneof(
    values.map((value) => `{"date":"2026-11-30","eur":${value}}`),
    values.map((value) => `{"date":"2026-11-30","eur":{"usd":${value}}}`),
    values.map((value) => `[{"date":"2026-11-30","base":"EUR","quote":"USD","rate":${value}}]`),
    values.map((value) => `[${value}]`),
    text.map((parts) => parts.join("")),
    text.map(([head, , , tail]) => head + tail),
  );
  fc.assert(
    fc.property(shaped, (body) => {
      try {
        for (const code of parse(body)?.keys() ?? []) assert(/^[A-Z]{3}$/.test(code), code);
      } catch (error) {
        assert(error instanceof FailedDownload, Deno.inspect(error));
      }
    }),
    { numRuns: propertyRuns({ quick: 500, all: 10_000 }) },
  );
});
