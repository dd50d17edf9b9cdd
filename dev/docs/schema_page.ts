/**
 * docs/schema.md: the tables of both databases and their diagrams, from the specs.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { FactSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import {
  CONVERSION_COLUMNS,
  convertedOf,
  EXCHANGE_RATE_ON,
} from "../../sdk/derive/converted_views.ts";
import { everyTable } from "../../sdk/derive/source_model.ts";
import { DELETED_AT, historyOf, VALID_FROM, VALID_TO, versionsOf } from "../../sdk/derive/ddl.ts";
import { tableJoins } from "../../sdk/derive/resolve_columns.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import { type Diagram, erDiagram } from "./er_diagram.ts";
import { originsOf } from "./origins.ts";
import { code, codeBlock, headingLink, markdownTable } from "./markdown.ts";
import {
  commonColumns,
  entityOf,
  isPrimary,
  relationshipsOf,
  sourceViews,
  starOf,
  type TableView,
  warehouseViews,
} from "./schema_tables.ts";

/** The options of the page. */
export interface SchemaPageOptions {
  /** The name of the source. */
  readonly name: string;
  /** The tables. */
  readonly model: Model;
}

/** Returns the page as Markdown. */
export function schemaPage(page: SchemaPageOptions): string {
  const options = { ...page, model: withEveryTable(page.model) };
  const sections = [
    introduction(page),
    sourceSection(page),
    otherSourcesSection(page),
    warehouseSection(options),
    ...facts(options.model).map((fact) => starSection(fact, options)),
    historySection(options.model),
    conversionSection(options.model),
    "## Columns of the source\n\nA column of type text has any character type in the source.",
    ...sourceViews(options.model).map((view) => columnsSection(view, headingLink)),
    "## Columns of the warehouse",
    ...warehouseViews(options.model).map((view) =>
      columnsSection(
        view,
        (name) => warehouseLink(name, options.model),
        originsOf(view.name, options.model),
      )
    ),
  ];
  return sections.filter((section) => section !== "").join("\n\n") + "\n";
}

/** Returns a model whose database has the tables of every source. */
function withEveryTable(model: Model): Model {
  const others = Object.values(model.sources ?? {});
  const source = [...model.source, ...others.flatMap(({ source }) => source)];
  return { ...model, source, warehouse: everyTable(model) };
}

function introduction({ name, model }: SchemaPageOptions): string {
  const { warehouse } = withEveryTable(model);
  const stars = facts({ warehouse }).length;
  return `# Schema

<!-- Generated from schemas/ by \`deno task docs\`. Edit the specs, then run it again. -->

The source, \`${name}\`, has ${model.source.length} tables. The warehouse has ${warehouse.length}: \
${warehouse.length - stars} dimensions and ${stars} facts.
[Architecture](architecture.md) shows how rows get from one to the other.

In the diagrams, a line is a foreign key. The crow's foot is at the table that has it. A circle at the
other end means that the key can be NULL. The line shows the names of the columns when they differ from
the key they refer to. PK is a primary key, UK a unique key, FK a foreign key.`;
}

function sourceSection({ model }: SchemaPageOptions): string {
  const views = sourceViews(model);
  const rows = model.source.map(({ name, key, meaning = "" }) => [
    headingLink(name),
    meaning,
    code(key),
  ]);
  const common = commonColumns(views);
  const note = common.length === 0
    ? ""
    : `The diagram leaves out ${common.map(code).join(" and ")}, which every table has.\n\n`;
  return `## Source

${markdownTable(["table", "holds", "key"], rows)}

${note}${
    diagram({
      entities: views.map((view) => entityOf(view, ({ name }) => !common.includes(name))),
      relationships: relationshipsOf(views),
      direction: "LR",
      rankSpacing: 60,
    })
  }`;
}

function otherSourcesSection({ model }: SchemaPageOptions): string {
  const rows = Object.entries(model.sources ?? {}).flatMap(([source, { source: tables }]) =>
    tables.map(({ name, key, meaning = "" }) => [
      code(source),
      headingLink(name),
      meaning,
      code(key),
    ])
  );
  if (rows.length === 0) return "";
  return `## Further sources

[Sources](sources.md) describes where their rows come from.

${markdownTable(["source", "table", "holds", "key"], rows)}`;
}

function warehouseSection({ model }: SchemaPageOptions): string {
  const rows = model.warehouse.map((table) => [
    warehouseLink(table.name, model),
    table.meaning ?? "",
    code(table.key),
    tablesOf(table, model),
  ]);
  return `## Warehouse

${markdownTable(["table", "holds", "key", "made from"], rows)}

The stars share their dimensions. A dimension above the facts belongs to every star, one below them
to some. The diagram shows primary keys; the stars that follow show every column.

${warehouseDiagram(model)}`;
}

/** Returns a diagram of all facts and dimensions, without columns. */
function warehouseDiagram(model: Model): string {
  const views = warehouseViews(model);
  const stars = facts(model).map((fact) => starOf(fact, model).map(({ name }) => name));
  const relationships = relationshipsOf(views).map((relationship) => ({
    ...relationship,
    label: [],
    parentLast: !stars.every((star) => star.includes(relationship.parent)),
  }));
  const entities = views.map((view) => entityOf(view, isPrimary));
  return diagram({ entities, relationships, direction: "TB", rankSpacing: 140 });
}

/**
 * Returns the section of a fact: it is in the middle, half of its dimensions above and half below.
 */
function starSection(fact: FactSpec, { model }: SchemaPageOptions): string {
  const names = starOf(fact, model).map(({ name }) => name);
  const views = warehouseViews(model).filter(({ name }) => names.includes(name));
  const dimensions = names.filter((name) => name !== fact.name);
  const below = dimensions.slice(Math.ceil(dimensions.length / 2));
  const relationships = relationshipsOf(views).map((relationship) => ({
    ...relationship,
    parentLast: relationship.child === fact.name && below.includes(relationship.parent),
  }));
  const entities = views.map((view) => entityOf(view));
  return `### Star of ${code(fact.name)}

${diagram({ entities, relationships, direction: "TB", rankSpacing: 60 })}`;
}

function historySection(model: Model): string {
  const [fact] = facts(model);
  if (fact === undefined) return "";
  const rows = [
    [code(fact.name), "table", "the current version of each row", code(VALID_FROM)],
    [
      code(historyOf(fact)),
      "table",
      "every superseded or deleted version",
      `${code(VALID_FROM)}, ${code(VALID_TO)}`,
    ],
    [
      code(versionsOf(fact)),
      "view",
      `both; ${code(VALID_TO)} is NULL for the current version`,
      `${code(VALID_FROM)}, ${code(VALID_TO)}`,
    ],
  ];
  return `## History of facts

Each fact is two tables and a view. Those of ${code(fact.name)}:

${markdownTable(["name", "kind", "holds", "in addition"], rows)}

${code(fact.surrogate)} identifies a version, ${code(fact.key)} the row in the source. A version is
valid from ${code(VALID_FROM)} until just before ${
    code(VALID_TO)
  }; both are times of source snapshots.
When a row is deleted in the source, its last version moves to the history.

Every version of one row, and the fact as it was at one time:

${codeBlock("sql", historyQueries(fact))}

A dimension keeps no history: a change overwrites its row. A row that was deleted in the source stays
while a fact or its history refers to it, with the time of the deletion in ${code(DELETED_AT)}.`;
}

function conversionSection(model: Model): string {
  const rows = facts(model).flatMap((fact) => {
    const { amounts = [], on } = fact.convert ?? {};
    return amounts.map((amount) => [
      code(convertedOf(fact)),
      code(amount),
      code(`${amount}_converted`),
      code(on!),
    ]);
  });
  if (rows.length === 0) return "";
  return `## Amounts in the reference currency

A view has every column of its fact, ${
    CONVERSION_COLUMNS.map(code).join(", ")
  }, and the converted amounts.
The view ${code(EXCHANGE_RATE_ON)} has the rate of every date and currency.
[Sources](sources.md#amounts-in-one-currency) describes them.

${markdownTable(["view", "amount", "converted", "by the rate of"], rows)}`;
}

function historyQueries(fact: FactSpec): string {
  const versions = identifier(versionsOf(fact));
  return `SELECT * FROM ${versions}
WHERE ${identifier(fact.key)} = 648
ORDER BY ${VALID_FROM};

SELECT * FROM ${versions}
WHERE ${VALID_FROM} <= '2026-11-21 09:00Z'
  AND (${VALID_TO} > '2026-11-21 09:00Z' OR ${VALID_TO} IS NULL);`;
}

function columnsSection(
  view: TableView,
  link: (table: string) => string,
  origins?: Readonly<Record<string, string>>,
): string {
  const rows = view.columns.map(({ name, type, nullable, keys, references }) => [
    code(name),
    type,
    nullable ? "yes" : "",
    keys.filter((key) => key !== "FK").map((key) => key === "PK" ? "primary" : "unique").join(),
    references === undefined ? "" : link(references),
    ...origins ? [origins[name] ?? ""] : [],
  ]);
  const titles = ["column", "type", "NULL", "key", "refers to", ...origins ? ["made from"] : []];
  return [
    `### ${code(view.name)}`,
    ...view.meaning === undefined ? [] : [`${view.meaning}.`],
    markdownTable(titles, rows),
  ].join("\n\n");
}

/**
 * Returns the link to a warehouse table's columns. Source tables come first on the page and can
 * have the same names.
 */
function warehouseLink(name: string, { source }: Model): string {
  return headingLink(name, source.filter((table) => table.name === name).length);
}

function diagram(content: Diagram): string {
  return codeBlock("mermaid", erDiagram(content));
}

function tablesOf(table: WarehouseTableSpec, model: Model): string {
  if (table.kind === "calendar") return "the dates in facts";
  const parents = tableJoins(table, model).map(({ parent }) => parent.name);
  return [...new Set([table.from, ...parents])].map(code).join(", ");
}

function facts({ warehouse }: Pick<Model, "warehouse">): FactSpec[] {
  return warehouse.filter((table) => table.kind === "fact");
}
