import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { type Model, totesys } from "../../schemas/mod.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { TRANSFORM_VERSION, transformVersion } from "../../sdk/transform/version.ts";
import { testLake } from "../support/lake.ts";
import { currency, ingest } from "./batches.ts";

/** The version of the transforms, and the hash of its code. */
const KNOWN = {
  version: 1,
  sha256: "c3fe13a8c0515b2724e24b1a851b604aeb60a3327e39b30a2bb006d0b9fae07a",
};

const ROOT = new URL("../../", import.meta.url);
/** Files that do not affect the rows. */
const CARRIERS = ["quarantine.ts", "transform.ts", "version.ts"];
/** Files that convert values. */
const DERIVE = ["calendar.ts", "decimal.ts", "parquet.ts", "validator.ts"];

Deno.test("the transforms' code is the code of TRANSFORM_VERSION", () => {
  const found = { version: TRANSFORM_VERSION, sha256: codeHash() };
  assertEquals(
    found,
    KNOWN,
    "The code of the transforms changed. If it can return other rows for the same input, raise " +
      "TRANSFORM_VERSION in sdk/transform/version.ts: otherwise a replay would reuse old rows. " +
      "In both cases, copy the values found here into KNOWN.",
  );
});

/** Returns a hash of the code that affects rows, without imports, comments and line breaks. */
function codeHash(): string {
  const transforms = [...Deno.readDirSync(new URL("sdk/transform", ROOT))]
    .map(({ name }) => name).filter((name) => !CARRIERS.includes(name)).sort();
  const paths = [
    ...transforms.map((name) => `sdk/transform/${name}`),
    ...DERIVE.map((name) => `sdk/derive/${name}`),
  ];
  const hash = createHash("sha256");
  for (const path of paths) {
    const code = Deno.readTextFileSync(new URL(path, ROOT))
      .replace(/^import [^;]*;|\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "").replace(/\n\s*/g, "");
    hash.update(`${path}\n${code}\n`);
  }
  // The package with the names of currencies.
  const lock = Deno.readTextFileSync(new URL("deno.lock", ROOT));
  hash.update(/"currency-codes@\d[^"]*"/.exec(lock)?.[0] ?? "");
  return hash.digest("hex");
}

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
