import { stripVTControlCharacters } from "node:util";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { plain } from "../../../functions/cli/color.ts";
import { commandEntries } from "../../../functions/cli/command_table.ts";
import { parseCommandLine } from "../../../functions/cli/parse_command_line.ts";
import { holdsPassword } from "../../../functions/cli/passwords.ts";
import { flagOf, type SettingName } from "../../../functions/settings/table.ts";
import { payment, staff } from "../../../schemas/mod.ts";
import { testLake } from "../../support/lake.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { testDatabase } from "../../support/postgres.ts";
import { insert } from "../../support/source.ts";
import { etl, etlCommand, type Given, type Output } from "./cli.ts";

const COMMANDS = [
  "run",
  "extract",
  "transform",
  "load",
  "rates",
  "files",
  "verify",
  "reconcile",
  "quarantine",
  "replay",
  "status",
  "catalogue",
];
const SETTINGS = {
  SOURCE_URL: "postgres://reader:secret@db.example.com:5432/totesys",
  WAREHOUSE_URL: "postgres://loader:secret@db.example.com:5432/warehouse",
  INGESTION_URL: "file:///var/lake/ingestion",
  PROCESSED_URL: "file:///var/lake/processed",
};

/** A password that no message must show. */
const SECRET = "hunter2";

/** Returns the JSON object on stdout. Asserts that it is one line. */
function json({ stdout }: Output): Record<string, unknown> {
  assertEquals(stdout.trim().split("\n").length, 1, stdout);
  const value = JSON.parse(stdout);
  assert(typeof value === "object" && value !== null && !Array.isArray(value), stdout);
  return value;
}

function assertNoSecret({ stdout, stderr }: Output): void {
  assert(!(stdout + stderr).includes(SECRET), stdout + stderr);
}

Deno.test("etl help lists every command, on stdout", async () => {
  for (const args of [["help"], ["--help"], ["-h"]]) {
    const { code, stdout, stderr } = await etl(args);
    assertEquals([code, stderr], [0, ""]);
    for (const name of COMMANDS) assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
    assertStringIncludes(stdout, "130 interrupted");
  }
});

Deno.test("the help of a command describes that command only, with two examples", async () => {
  for (const [name, { settings, examples }] of commandEntries()) {
    const { code, stdout } = await etl(["help", ...name.split(" ")]);
    assertEquals(code, 0, name);
    assertEquals(stdout, (await etl([...name.split(" "), "--help"])).stdout);
    assertStringIncludes(stdout, `Usage: deno task etl ${name}`);
    assertEquals(examples.length, 2);
    for (const [args] of examples) assertStringIncludes(stdout, `\n  deno task etl ${args}\n`);
    const flags = [
      ...stdout.matchAll(/^ {2}(--[\w-]+-(?:url|base|currency|minutes|limit|rows)) /gm),
    ];
    assertEquals(flags.map(([, flag]) => flag), settings.map((name) => `--${flagOf(name)}`), name);
  }
});

Deno.test("every example of the help is a call that parses", () => {
  for (const [name, { examples }] of commandEntries()) {
    for (const [example] of examples) {
      const args = example.replace(/ >.*/, "").split(" ");
      const line = parseCommandLine(args, { columns: 80, paint: plain });
      assertEquals(line.kind, name === "help" || name === "completions" ? "print" : "run");
    }
  }
});

Deno.test("etl help settings describes every setting, with an example", async () => {
  const { stdout } = await etl(["help", "settings"]);
  for (const [name, example] of Object.entries(SETTINGS)) {
    assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
    assertStringIncludes(stdout, example);
  }
});

Deno.test("etl --version prints the version of deno.json", async () => {
  const { version } = JSON.parse(await Deno.readTextFile("deno.json"));
  assertEquals(await etl(["--version"]), { code: 0, stdout: `etl ${version}\n`, stderr: "" });
});

Deno.test("etl without a command prints the help on stderr and exits with 2", async () => {
  for (const args of [[], ["--quiet"]]) {
    const { code, stdout, stderr } = await etl(args);
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr, (await etl(["help"])).stdout);
  }
  const { code, stderr } = await etl(["quarantine"]);
  assertEquals(code, 2);
  assertMatch(stderr, /^ {2}quarantine list /m);
});

Deno.test("bad usage is refused in two lines, with a suggestion", async () => {
  const help = "next: deno task etl help";
  const wrong: [string[], string, string][] = [
    [[""], 'unknown command ""', help],
    [["stauts"], 'unknown command "stauts". Did you mean "status"?', help],
    [["constructor"], 'unknown command "constructor"', help],
    [["__proto__"], 'unknown command "__proto__"', help],
    [["help", "rpelay"], 'unknown command "rpelay". Did you mean "replay"?', help],
    [["quarantine", "lst"], 'unknown command "lst". Did you mean "list"?', `${help} quarantine`],
    [["run", "verify"], 'too many arguments: "run" takes 0', `${help} run`],
    [["quarantine", "show", "fact_payment"], "<key> is missing", `${help} quarantine show`],
    [["run", "--from"], 'unknown option "--from"', `${help} run`],
    [
      ["run", "--sorce-url=x"],
      'unknown option "--sorce-url". Did you mean "--source-url"?',
      `${help} run`,
    ],
    [["run", "-x"], 'unknown option "-x"', `${help} run`],
    [["extract", "--full=yes"], "--full takes no value", `${help} extract`],
    [["run", "--quiet=yes"], "--quiet takes no value", `${help} run`],
    [["run", "--full=yes"], 'unknown option "--full"', `${help} run`],
    [["run", "--quarantine-limit"], "--quarantine-limit needs a value", help],
    [["run", "--quarantine-limit="], "--quarantine-limit needs a value", `${help} run`],
    [["--color", "sometimes", "run"], "--color takes one of: auto, always, never", help],
    [["completions", "tcsh"], "<shell> is one of: bash, zsh, fish", `${help} completions`],
  ];
  for (const [args, problem, next] of wrong) {
    assertEquals(await etl(args, SETTINGS), {
      code: 2,
      stdout: "",
      stderr: `error: ${problem}\n  ${next}\n`,
    });
  }
});

Deno.test("etl names every setting that is missing, with an example", async () => {
  const needed: [string, string[]][] = [
    ["run", ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL", "PROCESSED_URL"]],
    ["extract", ["SOURCE_URL", "INGESTION_URL"]],
    ["transform", ["INGESTION_URL", "PROCESSED_URL"]],
    ["load", ["PROCESSED_URL", "WAREHOUSE_URL"]],
    ["verify", ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL"]],
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
    assertMatch(output.stderr, new RegExp(`^error: ${name} .*\\. Set it to `, "m"));
    assertStringIncludes(output.stderr, SETTINGS[name as keyof typeof SETTINGS]);
    assertNoSecret(output);
    for (const other of Object.keys(SETTINGS)) {
      if (other !== name) assert(!output.stderr.includes(other), `${other}: ${output.stderr}`);
    }
  }));
});

Deno.test("etl refuses one database or zone in two places", async () => {
  const pairs: [string, string, string][] = [
    ["SOURCE_URL", "WAREHOUSE_URL", `postgres://reader:${SECRET}@db/totesys`],
    ["INGESTION_URL", "PROCESSED_URL", "file:///var/lake"],
  ];
  await Promise.all(pairs.map(async ([one, other, value]) => {
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

Deno.test("etl names a setting that is not a number", async () => {
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

Deno.test("etl with a source that is down names the stage and the next step", async () => {
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

test("etl run, status and verify report progress and results", async (pipeline) => {
  const settings = settingsOf(pipeline);
  const ran = await etl(["run"], settings);
  assertEquals(ran.code, 0, ran.stderr);
  assertMatch(ran.stdout, /^loaded 11 rows up to commit 1 in .*behind the source\.\n$/);
  // Progress goes to stderr: a line per table, without escape sequences.
  for (const line of ["extract", "transform", "load"]) assertStringIncludes(ran.stderr, line);
  assertMatch(ran.stderr, /load +fact_sales_order +1 row\n/);
  assert(!ran.stderr.includes("\x1b"), ran.stderr);
  const again = await etl(["run"], settings);
  assertMatch(again.stdout, /^nothing changed/);
  const status = await etl(["status"], settings);
  assertMatch(status.stdout, /extracted +1\ntransformed +1\nloaded +1\n/);
  const verified = await etl(["verify"], settings);
  assertEquals(verified.code, 0);
  assertMatch(verified.stdout, /fact_sales_order +1 +1 +0\n/);
  assertStringIncludes(verified.stdout, "OK: every row and column matches the source.");
});

test("etl extract, transform and load run one stage each", async (pipeline) => {
  const settings = settingsOf(pipeline);
  const outputs = [];
  for (const command of ["extract", "extract", "transform", "load"]) {
    const { code, stdout } = await etl([command], settings);
    assertEquals(code, 0, command);
    outputs.push(stdout.trim());
  }
  assertEquals(outputs, [
    "extracted 11 rows into commit 1 (every row: first extraction).",
    "nothing changed.",
    "transformed 1 commit with 11 rows.",
    "loaded 1 commit with 11 rows; the warehouse is at commit 1.",
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
  assertStringIncludes(stdout, "NOT OK: 2 rows differ from the source.");
  const asJson = await etl(["verify", "--json"], settings);
  assertEquals(asJson.code, 1);
  assertEquals(json(asJson).equal, false);
});

test("--json of each command is one object on stdout, and nothing on stderr", async (pipeline) => {
  const settings = settingsOf(pipeline);
  const keys: Record<string, string[]> = {
    run: [
      "elapsed_ms",
      "extract",
      "lag_ms",
      "load",
      "reconcile",
      "run",
      "stage_ms",
      "stopped",
      "transform",
    ],
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
      "scope",
    ],
    status: [
      "behind",
      "extracted",
      "fresh_as_of",
      "loaded",
      "schema",
      "source_error",
      "sources",
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

test("a flag takes precedence over the variable of its name", async (pipeline) => {
  const settings = settingsOf(pipeline);
  const flags = Object.entries(settings).map((
    [name, value],
  ) => [`--${flagOf(name as SettingName)}`, value]);
  const wrong = Object.fromEntries(
    Object.keys(settings).map((name) => [name, SETTINGS[name as keyof typeof SETTINGS]]),
  );
  const { code, stderr } = await etl(["run", ...flags.map((flag) => flag.join("="))], wrong);
  assertEquals(code, 0, stderr);
  // A flag and its value can also be two arguments, and precede the command.
  assertEquals((await etl([...flags.flat(), "verify"], wrong)).code, 0);
});

Deno.test("a password on the command line is refused, with the safe way", async () => {
  const url = `postgres://loader:${SECRET}@db/warehouse`;
  for (const flag of ["--into", "--source-url", "--warehouse-url"]) {
    for (const args of [["replay", flag, url], ["replay", `${flag}=${url}`, "--json"]]) {
      const output = await etl(args, SETTINGS);
      assertEquals(output.code, 2);
      const variable = flag === "--into"
        ? "TARGET_URL"
        : flag.slice(2).toUpperCase().replace("-", "_");
      const printed = output.stdout + output.stderr;
      assertStringIncludes(printed, `${flag} has a URL with a password`);
      assertStringIncludes(printed, `environment variable ${variable}`);
      assertNoSecret(output);
    }
  }
});

Deno.test("holdsPassword() finds a password in any URL, well-formed or not", () => {
  const secret = [
    "postgres://u:p@h/d",
    "postgres://u:p/x@h/d",
    "postgres://:p@h",
    "u:p@h",
    "postgres://u:p@[::1]:5432/d",
    "postgres://h/d?user=u&password=p",
    "postgres://h/d?sslpassword=p",
  ];
  const open = [
    "postgres://u@h:5432/d",
    "postgres://h/d?application_name=a@b",
    "postgres://u@[::1]:5432/d",
    "secretsmanager://name?username=u",
    "file:///var/lake",
    "s3://bucket/zone",
    "-",
  ];
  assertEquals(secret.filter((url) => !holdsPassword(url)), []);
  assertEquals(open.filter(holdsPassword), []);
});

test("--into-env names the variable that holds the target", async (pipeline) => {
  await using target = await testDatabase("target");
  const settings = settingsOf(pipeline);
  await etl(["run"], settings);
  const replayed = await etl(["replay", "--into-env", "TARGET"], {
    ...settings,
    TARGET: target.url,
  });
  assertEquals(replayed.code, 0, replayed.stderr);
  const wrong: [string[], string][] = [
    [["--into-env", "NOWHERE"], "the environment variable NOWHERE is not set"],
    [["--into-env", "a=b"], "takes the name of an environment variable"],
    [["--into-env", "TARGET", "--into", "postgres://h/d"], "exclude each other"],
  ];
  for (const [args, problem] of wrong) {
    const { code, stderr } = await etl(["replay", ...args], { ...settings, TARGET: target.url });
    assertEquals(code, 2);
    assertStringIncludes(stderr, problem);
  }
});

test("- reads a URL from standard input, and asks for it on a terminal", async (pipeline) => {
  const { SOURCE_URL, ...others } = settingsOf(pipeline);
  const args = ["extract", "--source-url", "-"];
  const piped = await etl(args, others, { stdin: `${SOURCE_URL}\n` });
  assertEquals(piped.code, 0, piped.stderr);
  const answer = () => Promise.resolve(SOURCE_URL);
  const asked = await etl(args, others, { isTerminal: true, answer });
  assertEquals(asked.code, 0, asked.stderr);
  const refused: [string[], Given, string][] = [
    [args, { stdin: "\n" }, "no URL was given"],
    [args, { isTerminal: true, answer: () => Promise.resolve(null) }, "no URL was given"],
    [args, { isTerminal: true }, "cannot ask for the URL: no terminal"],
    [[...args, "--warehouse-url", "-"], { stdin: SOURCE_URL }, "standard input holds one URL"],
  ];
  for (const [args, given, problem] of refused) {
    const { code, stderr } = await etl(args, others, { ...given });
    assertEquals(code, 2);
    assertStringIncludes(stripVTControlCharacters(stderr), problem);
  }
});

test("--quiet prints warnings and what was asked for, and nothing else", async (pipeline) => {
  const settings = settingsOf(pipeline);
  assertEquals(await etl(["run", "--quiet"], settings), { code: 0, stdout: "", stderr: "" });
  await insert(pipeline.sourceSql, payment, { payment_id: 2, payment_date: "soon" });
  const warned = await etl(["run", "-q"], settings);
  assertMatch(warned.stdout, /^warning: 1 row is in quarantine\.\n {2}next: .*\n$/);
  assertEquals(warned.stderr, "");
  assertMatch((await etl(["status", "-q"], settings)).stdout, /^extracted +2$/m);
});

Deno.test("colors are used on a terminal, unless NO_COLOR or --color says otherwise", async () => {
  const isColored = async (args: string[], given: Given) => {
    const { stdout, stderr } = await etl(args, {}, given);
    return [stdout, stderr].map((text) => text.includes("\x1b["));
  };
  const terminal = { isTerminal: true };
  assertEquals(await isColored(["help"], {}), [false, false]);
  assertEquals(await isColored(["help"], terminal), [true, false]);
  assertEquals(await isColored(["help"], { ...terminal, noColor: true }), [false, false]);
  assertEquals(await isColored(["help", "--color=never"], terminal), [false, false]);
  assertEquals(await isColored(["--color", "always", "help"], { noColor: true }), [true, false]);
  assertEquals(await isColored(["stauts"], terminal), [false, true]);
});

Deno.test("an interrupted command says how to continue and exits with 130", async () => {
  await using silent = silentServer();
  const settings = { ...SETTINGS, SOURCE_URL: `postgres://127.0.0.1:${silent.port}/totesys` };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const child = etlCommand(["verify"], settings).spawn();
    await silent.connected();
    child.kill(signal);
    const { code, stderr } = await child.output();
    assertEquals(code, 130);
    assertMatch(new TextDecoder().decode(stderr), /^interrupted; run the same command again/);
  }
});

/** A server that accepts connections and never answers. */
function silentServer() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  return {
    port: (listener.addr as Deno.NetAddr).port,
    connected: async () => void connections.push(await listener.accept()),
    [Symbol.asyncDispose]: () => {
      for (const connection of connections) connection.close();
      listener.close();
      return Promise.resolve();
    },
  };
}

Deno.test("deno task etl works as documented, without a launcher", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "etl", "--version"],
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  assertMatch(new TextDecoder().decode(stdout), /^etl \d/);
});

Deno.test("a reader that closes the pipe early is no error", async () => {
  const child = etlCommand(["help"]).spawn();
  await child.stdout.cancel();
  assertEquals((await child.status).code, 0);
  await child.stderr.cancel();
});
