import { assert, assertEquals } from "@std/assert";
import * as v from "valibot";
import { totesys } from "../../schemas/mod.ts";
import {
  type LineageDataset,
  type LineageJobEvent,
  openLineageEvents,
} from "../../sdk/derive/open_lineage.ts";
import { AREAS } from "./areas.ts";

const TIME = "2026-11-30T09:00:00Z";
const PLACES = {
  warehouse: { namespace: "postgres://db.example.com:5432", prefix: "warehouse.star." },
  sources: { database: { namespace: "postgres://db.example.com:5433", prefix: "totesys.public." } },
};

// The shapes of the spec and its facets, as OpenLineage's own client 1.54 declares them.
const facet = <T extends v.ObjectEntries>(name: string, version: string, entries: T) =>
  v.strictObject({
    _producer: v.pipe(v.string(), v.url()),
    _schemaURL: v.literal(
      `https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`,
    ),
    ...entries,
  });
const field = v.strictObject({
  namespace: v.string(),
  name: v.string(),
  field: v.string(),
  transformations: v.array(v.strictObject({
    type: v.picklist(["DIRECT", "INDIRECT"]),
    subtype: v.string(),
    description: v.string(),
    masking: v.boolean(),
  })),
});
const dataset = v.strictObject({
  namespace: v.string(),
  name: v.string(),
  facets: v.optional(v.strictObject({
    documentation: facet("DocumentationDatasetFacet", "1-1-0", { description: v.string() }),
    schema: facet("SchemaDatasetFacet", "1-2-0", {
      fields: v.array(v.strictObject({
        name: v.string(),
        type: v.string(),
        description: v.optional(v.string()),
        ordinal_position: v.pipe(v.number(), v.integer(), v.minValue(1)),
      })),
    }),
    tags: v.optional(facet("TagsDatasetFacet", "1-0-0", {
      tags: v.array(v.strictObject({
        key: v.string(),
        value: v.string(),
        source: v.string(),
        field: v.string(),
      })),
    })),
    columnLineage: v.optional(facet("ColumnLineageDatasetFacet", "1-2-0", {
      fields: v.record(v.string(), v.strictObject({ inputFields: v.array(field) })),
    })),
  })),
});
const event = (type: string) => ({
  eventTime: v.pipe(v.string(), v.isoTimestamp()),
  producer: v.pipe(v.string(), v.url()),
  schemaURL: v.literal(`https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/${type}`),
});
const anyEvent = v.union([
  v.strictObject({ ...event("DatasetEvent"), dataset }),
  v.strictObject({
    ...event("JobEvent"),
    job: v.strictObject({
      namespace: v.string(),
      name: v.string(),
      facets: v.strictObject({
        jobType: facet("JobTypeJobFacet", "2-0-4", {
          processingType: v.literal("BATCH"),
          integration: v.string(),
          jobType: v.string(),
        }),
        documentation: facet("DocumentationJobFacet", "1-1-0", { description: v.string() }),
      }),
    }),
    inputs: v.array(dataset),
    outputs: v.array(dataset),
  }),
]);

const EVENTS = openLineageEvents(totesys, { time: TIME, ...PLACES });
const jobs = EVENTS.filter((event) => "job" in event) as LineageJobEvent[];
// deno-lint-ignore no-explicit-any
const facetOf = ({ facets }: LineageDataset, name: string) => facets?.[name] as any;

Deno.test("openLineageEvents() has the shapes of OpenLineage 2-0-2 and its facets", () => {
  for (const event of [...EVENTS, ...openLineageEvents(AREAS, { time: TIME })]) {
    v.parse(anyEvent, JSON.parse(JSON.stringify(event)));
  }
  assertEquals(EVENTS.length, 13 + 13);
});

Deno.test("openLineageEvents() refers only to datasets and columns that it describes", () => {
  const described = new Map<string, string[]>();
  for (const event of EVENTS) {
    const datasets = "job" in event ? event.outputs : [event.dataset];
    for (const dataset of datasets) {
      const fields: { name: string }[] = facetOf(dataset, "schema").fields;
      described.set(`${dataset.namespace} ${dataset.name}`, fields.map(({ name }) => name));
    }
  }
  for (const { inputs, outputs: [output] } of jobs) {
    const names = inputs.map(({ namespace, name }) => `${namespace} ${name}`);
    assertEquals(names.filter((name) => !described.has(name)), []);
    const { fields } = facetOf(output, "columnLineage");
    const own = described.get(`${output.namespace} ${output.name}`)!;
    for (const [column, { inputFields }] of Object.entries<{ inputFields: never[] }>(fields)) {
      assert(own.includes(column), column);
      for (const { namespace, name, field } of inputFields) {
        assert(names.includes(`${namespace} ${name}`), `${output.name}.${column}: ${name}`);
        assert((described.get(`${namespace} ${name}`) ?? []).includes(field), field);
      }
    }
  }
});

Deno.test("openLineageEvents() says how a column is made: copied, a part, a function, over a join", () => {
  const transformations = (table: string, column: string) => {
    const [output] = jobs.find(({ job }) => job.name === table)!.outputs;
    return facetOf(output, "columnLineage").fields[column].inputFields.map(
      // deno-lint-ignore no-explicit-any
      ({ name, field, transformations: [{ type, subtype, description }] }: any) =>
        [name, field, type, subtype, description].join(" "),
    );
  };
  assertEquals(transformations("fact_payment", "paid"), [
    "totesys.public.payment paid DIRECT IDENTITY copied",
  ]);
  assertEquals(transformations("fact_payment", "created_time"), [
    "totesys.public.payment created_at DIRECT TRANSFORMATION time",
  ]);
  assertEquals(transformations("dim_currency", "currency_name"), [
    "totesys.public.currency currency_code DIRECT TRANSFORMATION isoCurrencyName, version 1",
  ]);
  assertEquals(transformations("dim_staff", "department_name"), [
    "totesys.public.department department_name DIRECT IDENTITY copied",
    "totesys.public.staff department_id INDIRECT JOIN selects the row",
  ]);
  assert(
    transformations("dim_date", "year").includes(
      "exchange_rate rate_date DIRECT TRANSFORMATION year",
    ),
  );
});

Deno.test("openLineageEvents() marks personal columns", () => {
  const [output] = jobs.find(({ job }) => job.name === "dim_staff")!.outputs;
  assertEquals(
    facetOf(output, "tags").tags.map(({ field }: { field: string }) => field),
    ["first_name", "last_name", "email_address"],
  );
});
