import { assert, assertEquals, assertMatch } from "@std/assert";
import { etl } from "./cli.ts";

const PAGE = new URL("../../../docs/catalogue.md", import.meta.url);

Deno.test("etl catalogue prints docs/catalogue.md, without a setting", async () => {
  const { code, stdout } = await etl(["catalogue"]);
  const page = await Deno.readTextFile(PAGE);
  assertEquals(code, 0);
  // The page says how it was generated.
  assertEquals(stdout, page.replace(/<!--[^]*?\n\n[^]*?\n\n/, ""));
});

Deno.test("etl catalogue --json prints the catalogue as one object", async () => {
  const { code, stdout } = await etl(["catalogue", "--json"]);
  const { source, warehouse } = JSON.parse(stdout);
  assertEquals([code, source.length, warehouse.length], [0, 13, 13]);
  assertEquals(stdout.trim().split("\n").length, 1);
});

Deno.test("etl catalogue --openlineage prints an event a line, and names the databases without a password", async () => {
  const settings = {
    SOURCE_URL: "postgres://reader:hunter2@db.example.com:6432/totesys",
    WAREHOUSE_URL: "postgres://loader:hunter2@db.example.com/warehouse?search_path=star",
  };
  const { code, stdout, stderr } = await etl(["catalogue", "--openlineage"], settings);
  assertEquals([code, stderr], [0, ""]);
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(events.length, 26);
  const { inputs, outputs } = events.at(-3);
  assertEquals(
    [...inputs, ...outputs].map(({ namespace, name }) => `${namespace}/${name}`),
    [
      "postgres://db.example.com:6432/totesys.public.payment",
      "postgres://db.example.com:5432/warehouse.star.fact_payment",
    ],
  );
  assert(!stdout.includes("hunter2"));
});

Deno.test("etl catalogue --openlineage connects to nothing: a secret's name is not looked up", async () => {
  const settings = { SOURCE_URL: "secretsmanager://totesys/source" };
  const { code, stdout } = await etl(["catalogue", "--openlineage", "--json"], settings);
  assertEquals(code, 0);
  const { events } = JSON.parse(stdout);
  assertMatch(events[0].dataset.namespace, /^database$/);
});
