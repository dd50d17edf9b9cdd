import { assert, assertEquals } from "@std/assert";
import { ratesBody, serveRates } from "../../dev/simulator/rates.ts";
import { Deliveries } from "../sources/rates/deliveries.ts";
import { ratesOn } from "../sources/rates/source_options.ts";

Deno.test("the simulator publishes rates that ratesSource() reads, without a jump", async () => {
  const taken = new Deliveries();
  const now = () => new Date("2026-03-01T12:00:00Z");
  await taken.take(ratesOn("2026-03-01", {
    urls: ["http://127.0.0.1/{date}/{code}.json"],
    base: "gbp",
    from: "2025-12-01",
    fetch: (input) => Promise.resolve(serveRates(new Request(String(input)), now)),
  }));
  assertEquals(taken.ledger.latest("2025-12-10/gbp")?.outcome, "missing");
  assertEquals(Object.values(taken.outcomes()).filter((outcome) => outcome === "read").length, 90);
  for (const { rate, previous_rate } of [...taken.rows.values()].flat()) {
    const change = Number(rate) / Number(previous_rate ?? rate) - 1;
    assert(Math.abs(change) < 0.05, `${previous_rate} to ${rate}`);
  }
});

Deno.test("the simulator publishes the same rates again, and none of tomorrow", () => {
  assertEquals(ratesBody("2026-03-01", "eur"), ratesBody("2026-03-01", "eur"));
  assert(ratesBody("2026-03-01", "eur") !== ratesBody("2026-03-02", "eur"));
  const status = (path: string) =>
    serveRates(new Request(`http://127.0.0.1${path}`), () => new Date("2026-03-01T23:59:59Z"))
      .status;
  assertEquals(status("/2026-03-01/eur.json"), 200);
  assertEquals(status("/npm/@fawazahmed0/currency-api@2026-03-01/v1/currencies/eur.min.json"), 200);
  assertEquals([status("/2026-03-02/eur.json"), status("/2026-03-01/xyz.json"), status("/")], [
    404,
    404,
    404,
  ]);
});
