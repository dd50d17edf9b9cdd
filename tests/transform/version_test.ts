import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import currencies from "currency-codes";
import { isoCurrencyName } from "../../schemas/functions/iso_currency_name.ts";
import { type Model, type ScalarFunction, type TableSpec, totesys } from "../../schemas/mod.ts";
import { sourceModel } from "../../sdk/derive/source_model.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { transformVersion } from "../../sdk/transform/version.ts";
import { testLake } from "../support/lake.ts";
import { withRowFunction } from "../support/models.ts";
import { currency, ingest } from "./batches.ts";

Deno.test("a version is the code's number and a hash of the model", () => {
  assertMatch(transformVersion(totesys), /^1\.[0-9a-f]{8}$/);
  const [first, ...others] = totesys.warehouse;
  const fewer: Model = { ...totesys, warehouse: others };
  assertNotEquals(transformVersion(fewer), transformVersion(totesys));
  const renamed: Model = { ...totesys, warehouse: [{ ...first, name: "dim_other" }, ...others] };
  assertNotEquals(transformVersion(renamed), transformVersion(totesys));
  // Ignored tables do not affect it.
  assertEquals(transformVersion({ ...totesys, ignored: ["x"] }), transformVersion(totesys));
});

Deno.test("a version ignores what only people read: meanings, grain, personal", () => {
  const described = <T extends TableSpec>(table: T): T => ({
    ...table,
    meaning: "Other words",
    grain: "one row per word",
    columns: Object.fromEntries(
      Object.entries(table.columns).map(([name, column]) => [
        name,
        { ...column, meaning: "Other words", personal: true },
      ]),
    ),
  });
  const model: Model = {
    ...totesys,
    source: totesys.source.map(described),
    warehouse: totesys.warehouse.map(described),
  };
  assertEquals(transformVersion(model), transformVersion(totesys));
  const column = { type: "text" } as const;
  const withColumn = (name: string): Model => ({
    ...totesys,
    source: [{ name: "word", key: "id", columns: { id: column, [name]: column } }],
  });
  assertNotEquals(transformVersion(withColumn("meaning")), transformVersion(withColumn("grain")));
});

Deno.test("the version of totesys is the one that its lakes have", () => {
  const versions = ["database", "rates", "files"].map((name) =>
    transformVersion(sourceModel(totesys, name))
  );
  assertEquals(
    versions,
    ["1.6744609b", "1.3539ca9d", "1.8345e0b0"],
    "The model makes other rows, so that a replay transforms every batch again. Change the values " +
      "here if that is meant.",
  );
});

Deno.test("a version changes with a function's version, not with its text", () => {
  const withName = (change: Partial<ScalarFunction>): Model => ({
    ...totesys,
    functions: { isoCurrencyName: { ...isoCurrencyName, ...change } },
  });
  const same = withName({ call: (code) => code });
  assertEquals(transformVersion(same), transformVersion(totesys));
  assertNotEquals(transformVersion(withName({ version: 2 })), transformVersion(totesys));
  const withRow = (version: number) =>
    transformVersion(withRowFunction(totesys, "dim_design", { version, make: (row) => row }));
  assertNotEquals(withRow(1), transformVersion(totesys));
  assertNotEquals(withRow(1), withRow(2));
});

Deno.test("isoCurrencyName version 1 knows these names; others need another version", async () => {
  const names = currencies.codes().sort().map((code) => [code, isoCurrencyName.call(code)]);
  const bytes = new TextEncoder().encode(JSON.stringify(names));
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assertEquals(
    { version: isoCurrencyName.version, sha256 },
    { version: 1, sha256: "bdca30678058c3985ae0ff00ecbdc4f3f84074c01aacdfb150a64fa4b568e44e" },
    "The package names currencies differently. Raise the version of isoCurrencyName: otherwise a " +
      "replay would reuse rows with the old names.",
  );
});

Deno.test("transform() writes the version into each commit, also for another model", async () => {
  await using lake = await testLake();
  await ingest(lake.ingestion, { currency: [currency(1)] });
  const [first] = (await transform(lake)).commits;
  assertEquals(first.transform_version, transformVersion(totesys));
  await ingest(lake.ingestion, { currency: [currency(2)] });
  const model = withRowFunction(totesys, "dim_design", { version: 12, make: () => null });
  const [second] = (await transform({ ...lake, model })).commits;
  assertEquals(second.transform_version, transformVersion(model));
});
