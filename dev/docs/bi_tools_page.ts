/**
 * docs/bi-tools.md: how tools for dashboards connect, with the relationships of the model.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { FactSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { references } from "../../sdk/derive/ddl.ts";
import { everyTable } from "../../sdk/derive/source_model.ts";
import { code, markdownTable } from "../../functions/cli/markdown.ts";

/** Returns the page as Markdown. */
export function biToolsPage(model: Model): string {
  return `${INTRODUCTION}\n\n## Relationships\n\n${RELATIONSHIPS}\n\n${
    relationships(model)
  }\n\n${TOOLS}\n`;
}

/** A line per foreign key. The first one from a fact to a table is the one that a model has active. */
function relationships(model: Model): string {
  const every = everyTable(model);
  const facts = every.filter((table): table is FactSpec => table.kind === "fact");
  const rows = facts.flatMap((fact) => {
    const seen = new Set<WarehouseTableSpec>();
    return references(fact, every).map(({ column, parent }) => {
      const role = seen.has(parent as WarehouseTableSpec) ? "inactive" : "active";
      seen.add(parent as WarehouseTableSpec);
      return [code(`${fact.name}.${column}`), code(`${parent.name}.${parent.key}`), role];
    });
  });
  return markdownTable(["many", "one", "in Power BI"], rows);
}

const SETTINGS = markdownTable(["setting", "value"], [
  ["host", "the host in `WAREHOUSE_URL`, port 5432"],
  ["database", "`warehouse`"],
  ["schema", "`star` in a deployment; the role's `search_path` is set to it"],
  ["user", "`dashboard`"],
  ["TLS", "`verify-full`, so that the password and the rows go to the right server"],
]);

const INTRODUCTION = `# BI tools

<!-- Written by \`deno task docs\` from dev/docs/bi_tools_page.ts and the specs. -->

The warehouse is a plain Postgres database with a star schema, so any BI tool that reads Postgres can use it. For a first
look without one, open the pipeline's own [dashboard](dashboard.md).

## Connect

Give tools the role \`dashboard\`, never the loader's. It can read the star schema and the history of runs, and nothing
else: not the source, and not the quarantine. \`deno task deploy\` creates it ([cloud](cloud.md)). In a warehouse of your own,
[self-hosting](self-hosting.md#what-each-role-needs) shows what it needs; the files \`login.sql\` and
\`warehouse_dashboard.sql\` in \`terraform/sql\` create it. Its sessions are read-only, queries end after a minute, and it
has at most 20 connections: give each tool a small pool.

${SETTINGS}

RDS signs its certificates itself. Tools that verify them need the
[bundle of its authorities](https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem).

## What to read

- **Facts**: \`fact_sales_order\` and the others have one row per order or payment, in its current version. You can add them up.
- **Money**: orders are in several currencies. Add up \`unit_price_converted * units_sold\` of
  \`fact_sales_order_converted\`, which is in the reference currency. An amount without a rate is NULL: show how many
  there are.
- **The past**: \`fact_sales_order_versions\` has every version. To read those that were valid at an instant:

\`\`\`sql
SELECT count(*) FROM fact_sales_order_versions
WHERE valid_from <= '2026-11-30T09:00:00Z' AND (valid_to IS NULL OR valid_to > '2026-11-30T09:00:00Z');
\`\`\`

- **Dimensions** are overwritten when they change. A row that was deleted in the source stays,
  with \`deleted_at\`, while a fact refers to it.
- **Freshness**: how far each source is behind.

\`\`\`sql
SELECT source, now() - max(taken_at) AS behind FROM etl.applied_commit GROUP BY source;
\`\`\`

Numerics are exact in the warehouse. Most tools calculate with floats: let SQL do the sums where the last cent matters.`;

const RELATIONSHIPS =
  `Each line is a foreign key of the database: many rows of a fact refer to one row of a dimension. A
tool that reads foreign keys finds them by itself. Where a fact refers to a dimension more than once, such as the dates of an
order, tools that allow one relationship between two tables, like Power BI, use the first and keep the others inactive.`;

const TOOLS = `## Grafana

1. Add a data source of the type PostgreSQL. Set TLS/SSL mode to \`verify-full\`, with the root certificate as file content,
   and the limits to 5 open and 5 idle connections.
2. Import [\`examples/grafana/dashboard.json\`](../examples/grafana/dashboard.json) under Dashboards, New, Import, and select
   the data source. It needs Grafana 11 or later.

The dashboard has revenue, orders, payments that are due, designs, countries, staff against targets, and how far the
warehouse is behind the source.

## Superset

1. Write your host into [\`databases/warehouse.yaml\`](../examples/superset/databases/warehouse.yaml), then make an archive
   of the folder \`examples/superset\`, including the folder itself.
2. Import the archive under Datasets. Superset asks for the password.

The dataset \`sales\` has the orders with their dimensions and four metrics. \`sslrootcert=system\` in the address needs libpq 16
or later; name a file with the authorities' certificates otherwise.

## Metabase

1. Add a database of the type PostgreSQL under Admin, Databases. Turn on "Use a secure connection (SSL)" with mode
   \`verify-full\`, and paste the root certificate as PEM. Restrict it to the schema \`star\`.
2. Metabase reads the foreign keys when it syncs, and follows them in questions.
3. The columns of views have no foreign keys. For \`fact_sales_order_converted\`, set them under Admin, Table Metadata, as in
   the table above.

## Power BI

1. Get Data, PostgreSQL database. Leave "Encrypt connections" on. Windows must trust the authorities that sign the server's
   certificate: install the bundle of RDS under Trusted Root Certification Authorities.
2. Select the facts and dimensions, and Import: a refresh copies them. With DirectQuery, each visual asks the database, within
   the limit of a minute.
3. Power BI creates relationships from the foreign keys. Check them against the table above. Use \`USERELATIONSHIP\` in a measure
   for an inactive one. Mark \`dim_date\` as the date table, by \`date_id\`.
4. The Power BI service reaches a database without public access through an on-premises data gateway.

## QuickSight

1. Add a dataset from RDS, or from PostgreSQL for another server. SSL is on unless you turn it off.
2. QuickSight connects from the address range of its region: allow that in the security group, or use a VPC connection.
3. Add tables to the dataset, and join them as in the table above: a left join from the fact. Import into SPICE, refreshed hourly,
   or query directly.`;
