import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { type Model, totesys } from "../../schemas/mod.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { transformVersion } from "../../sdk/transform/version.ts";
import { testLake } from "../support/lake.ts";
import { currency, ingest } from "./batches.ts";

Deno.test("a version is the transforms' number and a hash of their specs", () => {
  assertMatch(transformVersion(totesys), /^1\.[0-9a-f]{8}$/);
  assertEquals(transformVersion(totesys, 7), transformVersion(totesys).replace("1.", "7."));
  const [first, ...others] = totesys.warehouse;
  const fewer: Model = { ...totesys, warehouse: others };
  assertNotEquals(transformVersion(fewer), transformVersion(totesys));
  const renamed: Model = { ...totesys, warehouse: [{ ...first, name: "dim_other" }, ...others] };
  assertNotEquals(transformVersion(renamed), transformVersion(totesys));
  // Ignored tables do not affect it.
  const { source, warehouse } = totesys;
  assertEquals(transformVersion({ source, warehouse, ignored: ["x"] }), transformVersion(totesys));
});

Deno.test("transform() writes the version into each commit, also for custom transforms", async () => {
  await using lake = await testLake();
  await ingest(lake.ingestion, { currency: [currency(1)] });
  const [first] = (await transform(lake)).commits;
  assertEquals(first.transform_version, transformVersion(totesys));
  await ingest(lake.ingestion, { currency: [currency(2)] });
  const [second] = (await transform({ ...lake, transformVersion: 12 })).commits;
  assertEquals(second.transform_version, transformVersion(totesys, 12));
});
