/**
 * Scripts, markup and SQL in the source, in addresses and in forms stay text on every page. Every link of
 * every page is followed.
 */
import { assert, assertEquals } from "@std/assert";
import { parseHTML } from "linkedom";
import postgres from "postgres";
import { design, salesOrder, staff } from "../../../schemas/mod.ts";
import { openWarehouse } from "../../../functions/dashboard/data/warehouse.ts";
import { run } from "../../../sdk/operate/run.ts";
import { keepConnections } from "../../../sdk/postgres/kept_connections.ts";
import { test, type TestPipeline } from "../../operate/pipelines.ts";
import { slowTest } from "../../support/slow.ts";
import { insert } from "../../support/source.ts";
import { type Asking, BROWSER, captureLog, startDashboard } from "./fake_dashboard.ts";

/** Each is a script, an attribute, a formula or SQL if it is ever taken for more than text. */
const PAYLOADS = [
  `<script>pwned()</script>`,
  `"><img src=x onerror=pwned()>`,
  `' onmouseover='pwned()`,
  `</title><svg onload=pwned()>`,
  `javascript:pwned()`,
  `&lt;script&gt;pwned()&lt;/script&gt;`,
  `'; CREATE TABLE pwned (); --`,
  `"; CREATE TABLE pwned (); --`,
  `\\'; CREATE TABLE pwned (); --`,
  `$$; CREATE TABLE pwned (); $$`,
  `{{constructor.constructor('pwned()')()}}`,
  `../../../etc/passwd`,
  `\u202egnp.exe`,
];

/** What a page consists of that a browser would run or follow. */
interface Element {
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  getAttribute(name: string): string | null;
}

/** Returns what is wrong with a page, and where its links lead. */
function examine(html: string): { readonly problems: string[]; readonly links: string[] } {
  const { document } = parseHTML(html) as unknown as {
    document: { querySelectorAll(selector: string): Iterable<Element> };
  };
  const problems: string[] = [];
  const links: string[] = [];
  for (const element of document.querySelectorAll("*")) {
    const { localName } = element;
    if (["iframe", "object", "embed", "base", "style", "img"].includes(localName)) {
      problems.push(`an element ${localName}`);
    }
    if (localName === "script" && !element.getAttribute("src")?.startsWith("/assets/app-")) {
      problems.push("a script in the page");
    }
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name) || name === "style") problems.push(`an attribute ${name}="${value}"`);
      if (["href", "src", "action", "formaction"].includes(name) && !/^[/?#]/.test(value)) {
        problems.push(`${name}="${value}" leaves the site`);
      }
      if (name === "href" && localName === "a") links.push(value);
    }
  }
  return { problems, links };
}

async function hostilePipeline(pipeline: TestPipeline): Promise<void> {
  const { sourceSql } = pipeline;
  for (const [i, text] of PAYLOADS.entries()) {
    await insert(sourceSql, design, { design_id: 10 + i, design_name: text, file_location: text });
    await insert(sourceSql, staff, { staff_id: 10 + i, first_name: text, last_name: text });
    await insert(sourceSql, salesOrder, {
      sales_order_id: 10 + i,
      design_id: 10 + i,
      staff_id: 10 + i,
      created_at: new Date().toISOString().slice(0, 19).replace("T", " "),
    });
  }
  await sourceSql`UPDATE address SET country = ${PAYLOADS[0]}, city = ${PAYLOADS[1]}`;
  await sourceSql`UPDATE counterparty SET counterparty_legal_name = ${PAYLOADS[1]}`;
  await sourceSql`UPDATE department SET department_name = ${PAYLOADS[6]}`;
  await run(pipeline);
  // Rows that go to quarantine, whose reasons quote them.
  await sourceSql`UPDATE sales_order SET agreed_payment_date = ${
    PAYLOADS[0]
  } WHERE sales_order_id = 10`;
  await run(pipeline);
}

async function startHostile(pipeline: TestPipeline): Promise<Asking> {
  const secret = {
    get: () => Promise.resolve(pipeline.warehouse),
    renew: () => Promise.resolve(pipeline.warehouse),
  };
  const { ingestion } = pipeline;
  return await startDashboard("everyone", { warehouse: openWarehouse(secret), ingestion });
}

async function assertUntouched({ sourceSql, sql }: TestPipeline): Promise<void> {
  for (const at of [sourceSql, sql]) {
    assertEquals((await at`SELECT FROM pg_class WHERE relname = 'pwned'`).length, 0);
  }
}

test("text of the source is text on every page that a link leads to", async (pipeline) => {
  await hostilePipeline(pipeline);
  await using _kept = keepConnections();
  const ask = await startHostile(pipeline);
  const open = ["/", "/business", "/catalogue"];
  const seen = new Set(open);
  const wrong: string[] = [];
  for (const path of open) {
    const answer = await ask(path, { headers: BROWSER });
    const body = await answer.text();
    if (answer.status !== 200) wrong.push(`${path}: ${answer.status}`);
    if (!answer.headers.get("content-type")?.startsWith("text/html")) continue;
    const { problems, links } = examine(body);
    wrong.push(...problems.map((problem) => `${path}: ${problem}`));
    for (const link of links) {
      const { pathname, search } = new URL(link, `http://site${path}`);
      if (seen.has(pathname + search) || seen.size > 400) continue;
      seen.add(pathname + search);
      open.push(pathname + search);
    }
  }
  assertEquals(wrong, []);
  assert(open.length > 50, `${open.length} addresses`);
  await assertUntouched(pipeline);
}, slowTest);

test("text of an address is text on the page, and never SQL", async (pipeline) => {
  await hostilePipeline(pipeline);
  await using _kept = keepConnections();
  const ask = await startHostile(pipeline);
  const filters = ["period", "from", "to", "as_of", "currency", "department", "country", "design"];
  const addresses = PAYLOADS.flatMap((text) => {
    const value = encodeURIComponent(text);
    return [
      `/?lag=${value}`,
      `/${value}`,
      `/business?${filters.map((name) => `${name}=${value}`).join("&")}`,
      `/business/rows?${filters.map((name) => `${name}=${value}`).join("&")}`,
      `/business/revenue.csv?country=${value}&department=${value}`,
      `/business/${value}.sql`,
      `/catalogue?q=${value}`,
      `/catalogue/${value}`,
      `/catalogue/fact_sales_order?key=${value}`,
      `/catalogue/fact_sales_order/${value}?at=${value}`,
      `/operations/lag.csv?lag=${value}`,
    ];
  });
  using _log = captureLog();
  for (const path of addresses) {
    const answer = await ask(path, { headers: BROWSER });
    const body = await answer.text();
    assert([200, 302, 303, 400, 404].includes(answer.status), `${path}: ${answer.status} ${body}`);
    const isPage = answer.headers.get("content-type")?.startsWith("text/html");
    assertEquals(isPage ? examine(body).problems : [], [], path);
    for (const [name, value] of answer.headers) {
      assert(!/[<>]/.test(value), `${path} ${name}`);
    }
    const location = answer.headers.get("location") ?? "/";
    assert(/^\/(?!\/)/.test(location), `${path} leads to ${location}`);
  }
  await assertUntouched(pipeline);
});

test("the SQL of a chart can be pasted, whatever the address holds", async (pipeline) => {
  await hostilePipeline(pipeline);
  const ask = await startHostile(pipeline);
  const { links } = examine(await (await ask("/business", { headers: BROWSER })).text());
  const charts = [...new Set(links.filter((link) => /\.sql\b/.test(link)))];
  assert(charts.length > 5, links.join());
  const sql = postgres(pipeline.warehouse, { max: 1, onnotice: () => {} });
  try {
    for (const text of PAYLOADS) {
      const value = encodeURIComponent(text);
      for (const chart of charts) {
        const path = chart.replace(
          /\?.*/,
          `?country=${value}&department=${value}&currency=${value}`,
        );
        const answer = await ask(path);
        const statement = await answer.text();
        if (answer.status === 200) await sql.unsafe(statement);
      }
    }
  } finally {
    await sql.end();
  }
  await assertUntouched(pipeline);
}, slowTest);
