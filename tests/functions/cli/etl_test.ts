import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { staff } from "../../../schemas/mod.ts";
import { testLake } from "../../support/lake.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { insert } from "../../support/source.ts";
import { etl, type Output } from "./cli.ts";

const COMMANDS = [
  "run",
  "extract",
  "transform",
  "load",
  "verify",
  "reconcile",
  "quarantine",
  "replay",
  "status",
];
const SETTINGS = {
  SOURCE_URL: "postgres://reader:secret@db.example.com:5432/totesys",
  WAREHOUSE_URL: "postgres://loader:secret@db.example.com:5432/warehouse",
  INGESTION_URL: "file:///var/lake/ingestion",
  PROCESSED_URL: "file:///var/lake/processed",
};

/** A password that no message may show. */
const SECRET = "hunter2";

/** The one JSON object on stdout. */
function json({ stdout }: Output): Record<string, unknown> {
  assertEquals(stdout.trim().split("\n").length, 1, stdout);
  const value = JSON.parse(stdout);
  assert(typeof value === "object" && value !== null && !Array.isArray(value), stdout);
  return value;
}

function assertNoSecret({ stdout, stderr }: Output): void {
  assert(!(stdout + stderr).includes(SECRET), stdout + stderr);
}

Deno.test("etl --help names every command and setting, on stdout", async () => {
  for (const args of [["--help"], ["-h"], ["run", "--help"]]) {
    const { code, stdout } = await etl(args);
    assertEquals(code, 0);
    for (const name of COMMANDS) assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
    for (const [name, example] of Object.entries(SETTINGS)) {
      assertStringIncludes(stdout, name);
      assertStringIncludes(stdout, example);
    }
  }
});

Deno.test("etl without a command, or with one it does not know, is bad usage", async () => {
  const wrong: [string[], string][] = [
    [[], "etl needs a command"],
    [[""], "etl needs a command"],
    [["rnu"], "rnu"],
    [["constructor"], "constructor"],
    [["__proto__"], "__proto__"],
    [["run", "verify"], "etl run is called as: etl run without arguments"],
    [
      ["quarantine", "show", "fact_payment"],
      "etl quarantine is called as: etl quarantine list | show",
    ],
    [["run", "--from"], "does not know: --from"],
    [["run", "--fast"], "--fast"],
    [["run", "-x"], "-x"],
  ];
  await Promise.all(wrong.map(async ([args, says]) => {
    const { code, stdout, stderr } = await etl(args, SETTINGS);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, says);
    assertStringIncludes(stderr, "usage:");
  }));
});

Deno.test("a flag without its value is bad usage, and not left out of account", async () => {
  const { code, stderr } = await etl(["run", "--quarantine-limit"], SETTINGS);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--quarantine-limit needs a value\n");
});

Deno.test("etl names every setting that is missing, with an example", async () => {
  const needed: [string, string[]][] = [
    ["run", ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL", "PROCESSED_URL"]],
    ["extract", ["SOURCE_URL", "INGESTION_URL"]],
    ["transform", ["INGESTION_URL", "PROCESSED_URL"]],
    ["load", ["PROCESSED_URL", "WAREHOUSE_URL"]],
    ["verify", ["SOURCE_URL", "WAREHOUSE_URL"]],
    ["reconcile", ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL", "PROCESSED_URL"]],
    ["replay", ["PROCESSED_URL"]],
    ["status", ["WAREHOUSE_URL", "INGESTION_URL", "PROCESSED_URL"]],
  ];
  await Promise.all(needed.map(async ([command, names]) => {
    const { code, stdout, stderr } = await etl([command]);
    assertEquals([code, stdout], [2, ""], command);
    for (const [name, example] of Object.entries(SETTINGS)) {
      if (!names.includes(name)) continue;
      assertStringIncludes(stderr, `${name} is not set`);
      assertStringIncludes(stderr, example);
    }
  }));
});

Deno.test("etl names a setting that is malformed, and never shows its value", async () => {
  const malformed: [string, string][] = [
    ["SOURCE_URL", `reader:${SECRET}@db/totesys`],
    ["SOURCE_URL", `mysql://reader:${SECRET}@db/totesys`],
    ["SOURCE_URL", `postgres://reader:${SECRET}@db:99999/totesys`],
    ["SOURCE_URL", `postgres://reader:100%${SECRET}@db/totesys`],
    ["WAREHOUSE_URL", `postgres//${SECRET}`],
    ["INGESTION_URL", `lake/${SECRET}`],
    ["INGESTION_URL", `file://lake/${SECRET}`],
    ["INGESTION_URL", `file:lake/${SECRET}`],
    ["PROCESSED_URL", `https://user:${SECRET}@lake/processed`],
  ];
  await Promise.all(malformed.map(async ([name, value]) => {
    const output = await etl(["run"], { ...SETTINGS, [name]: value });
    assertEquals([output.code, output.stdout], [2, ""], value);
    assertMatch(output.stderr, new RegExp(`^ConfigurationError: ${name} .*\\. Set it to `, "m"));
    assertStringIncludes(output.stderr, SETTINGS[name as keyof typeof SETTINGS]);
    assertNoSecret(output);
    for (const other of Object.keys(SETTINGS)) {
      if (other !== name) assert(!output.stderr.includes(other), `${other}: ${output.stderr}`);
    }
  }));
});

Deno.test("etl refuses two ends that are one", async () => {
  const twins: [string, string, string][] = [
    ["SOURCE_URL", "WAREHOUSE_URL", `postgres://reader:${SECRET}@db/totesys`],
    ["INGESTION_URL", "PROCESSED_URL", "file:///var/lake"],
  ];
  await Promise.all(twins.map(async ([one, other, value]) => {
    for (const command of ["run", "reconcile"]) {
      const output = await etl([command], { ...SETTINGS, [one]: value, [other]: value });
      assertEquals([output.code, output.stdout], [2, ""], command);
      assertStringIncludes(output.stderr, `${one} and ${other} are the same`);
      assertNoSecret(output);
    }
  }));
  const verified = await etl(["verify", "--json"], {
    ...SETTINGS,
    WAREHOUSE_URL: SETTINGS.SOURCE_URL,
  });
  assertEquals(verified.code, 2);
  assertEquals(json(verified).error, "ConfigurationError");
});

Deno.test("etl refuses two zones in one folder however the URL spells it", async () => {
  const { code, stderr } = await etl(["transform"], {
    INGESTION_URL: "file:///var/lake",
    PROCESSED_URL: "file:///var/lake/",
  });
  assertEquals(code, 2, stderr);
  assertStringIncludes(stderr, "INGESTION_URL and PROCESSED_URL are the same");
});

Deno.test("etl names a number that is none", async () => {
  for (const value of ["many", "-1", "Infinity", "101"]) {
    const output = await etl(["run", `--quarantine-limit=${value}`], SETTINGS);
    assertEquals([output.code, output.stdout], [2, ""], value);
    assertStringIncludes(output.stderr, "QUARANTINE_LIMIT is not a number");
  }
  for (const value of ["0", "1.5", "all"]) {
    const output = await etl(["run", `--chunk-rows=${value}`], SETTINGS);
    assertEquals([output.code, output.stdout], [2, ""], value);
    assertStringIncludes(output.stderr, "CHUNK_ROWS is not a");
  }
});

Deno.test("etl does not repeat a password given in the wrong place", async () => {
  const url = `postgres://reader:${SECRET}@db/totesys`;
  const wrong = [[`--sourceurl=${url}`], ["--sourceurl", url], ["run", url], [url], [
    `--x=${SECRET}`,
  ]];
  await Promise.all(wrong.map(async (args) => {
    const output = await etl(args, SETTINGS);
    assertEquals(output.code, 2, args.join(" "));
    assertNoSecret(output);
  }));
});

Deno.test("--json prints one JSON object, for bad usage and bad settings too", async () => {
  for (const args of [["--json"], ["rnu", "--json"], ["run", "--json", "--fast"]]) {
    const output = await etl(args, SETTINGS);
    assertEquals(output.code, 2);
    assertEquals(json(output).error, "ConfigurationError");
  }
  const output = await etl(["verify", "--json"], {
    ...SETTINGS,
    SOURCE_URL: `reader:${SECRET}@db`,
  });
  assertEquals(output.code, 2);
  assertMatch(String(json(output).message), /SOURCE_URL/);
  assertNoSecret(output);
});

Deno.test("etl with a source that is down says in which stage, and what to do next", async () => {
  await using lake = await testLake();
  const settings = {
    ...SETTINGS,
    SOURCE_URL: `postgres://reader:${SECRET}@127.0.0.1:1/totesys`,
    INGESTION_URL: lake.ingestion.url,
  };
  const output = await etl(["extract"], settings);
  assertEquals([output.code, output.stdout], [1, ""]);
  for (const part of ["SourceError", "stage extract", "next:"]) {
    assertStringIncludes(output.stderr, part);
  }
  assertNoSecret(output);
  const asJson = await etl(["extract", "--json"], settings);
  assertEquals(asJson.code, 1);
  const { error, stage, retryable } = json(asJson);
  assertEquals({ error, stage, retryable }, {
    error: "SourceError",
    stage: "extract",
    retryable: true,
  });
  assertNoSecret(asJson);
});

test("etl runs a tick, tells how far it came, and verifies", async (pipeline) => {
  const settings = settingsOf(pipeline);
  const ran = await etl(["run"], settings);
  assertEquals(ran.code, 0, ran.stderr);
  assertMatch(ran.stdout, /^loaded 11 rows up to commit 1 in .*behind the source\.\n$/);
  // Progress is not a result: it goes to stderr, a line per table, with no escape sequences.
  for (const line of ["extract", "transform", "load"]) assertStringIncludes(ran.stderr, line);
  assertMatch(ran.stderr, /load +fact_sales_order +1 rows\n/);
  assert(!ran.stderr.includes("\x1b"), ran.stderr);
  const again = await etl(["run"], settings);
  assertMatch(again.stdout, /^nothing changed/);
  const status = await etl(["status"], settings);
  assertMatch(status.stdout, /extracted +1\ntransformed +1\nloaded +1\n/);
  const verified = await etl(["verify"], settings);
  assertEquals(verified.code, 0);
  assertMatch(verified.stdout, /fact_sales_order +1 +1 +0\n/);
  assertStringIncludes(verified.stdout, "the warehouse equals the source.");
});

test("etl goes stage by stage", async (pipeline) => {
  const settings = settingsOf(pipeline);
  const outputs = [];
  for (const command of ["extract", "extract", "transform", "load"]) {
    const { code, stdout } = await etl([command], settings);
    assertEquals(code, 0, command);
    outputs.push(stdout.trim());
  }
  assertEquals(outputs, [
    "extracted batch 1: 11 rows (everything: first extraction).",
    "nothing changed.",
    "transformed 1 commit, 11 rows.",
    "loaded 1 commit, 11 rows; the warehouse is at commit 1.",
  ]);
});

test("etl verify that finds a difference names it and exits with 1", async (pipeline) => {
  const settings = settingsOf(pipeline);
  await etl(["run"], settings);
  await insert(pipeline.sourceSql, staff, { staff_id: 4711 });
  await pipeline.sourceSql`UPDATE sales_order SET units_sold = 99`;
  const { code, stdout } = await etl(["verify"], settings);
  assertEquals(code, 1);
  assertStringIncludes(stdout, "dim_staff 4711: missing");
  assertStringIncludes(stdout, "fact_sales_order 1: changed in units_sold");
  assertStringIncludes(stdout, "the warehouse differs.");
  const asJson = await etl(["verify", "--json"], settings);
  assertEquals(asJson.code, 1);
  assertEquals(json(asJson).equal, false);
});

test("--json of each command is one object on stdout, and nothing on stderr", async (pipeline) => {
  const settings = settingsOf(pipeline);
  const keys: Record<string, string[]> = {
    run: ["elapsed_ms", "extract", "lag_ms", "load", "reconcile", "run", "stopped", "transform"],
    extract: ["outcome", "schema"],
    transform: ["commits", "skipped"],
    load: [
      "commits",
      "quarantined",
      "reconcile_needed",
      "reconciled_ms_ago",
      "sequence",
      "skipped",
    ],
    verify: ["equal", "schema", "tables"],
    reconcile: [
      "commit",
      "deleted",
      "finished",
      "in_flight",
      "missed",
      "outcome",
      "quarantined",
      "schema",
    ],
    status: [
      "behind",
      "extracted",
      "fresh_as_of",
      "loaded",
      "schema",
      "source_error",
      "transformed",
    ],
  };
  for (const [command, expected] of Object.entries(keys)) {
    const output = await etl([command, "--json"], settings);
    assertEquals(output.code, 0, command);
    assertEquals(Object.keys(json(output)).sort(), expected);
    assertEquals(output.stderr, "", command);
  }
});

test("a flag counts for more than the variable of its name", async (pipeline) => {
  const settings = settingsOf(pipeline);
  const flags = Object.entries(settings).map(([name, value]) =>
    `--${name.toLowerCase().replace("_", "-")}=${value}`
  );
  const wrong = Object.fromEntries(
    Object.keys(settings).map((name) => [name, SETTINGS[name as keyof typeof SETTINGS]]),
  );
  const { code, stderr } = await etl(["run", ...flags], wrong);
  assertEquals(code, 0, stderr);
  // As two arguments, too, and before the command.
  const spaced = flags.flatMap((
    flag,
  ) => [flag.slice(0, flag.indexOf("=")), flag.slice(flag.indexOf("=") + 1)]);
  assertEquals((await etl([...spaced, "verify"], wrong)).code, 0);
});
