import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readCronSettings } from "../../../functions/settings/crons.ts";
import { SETTINGS, settingsIn } from "../../../functions/settings/table.ts";
import { ConfigurationError } from "../../../sdk/errors.ts";

const PIPELINE: Readonly<Record<string, string>> = {
  SOURCE_URL: "postgres://reader:secret@127.0.0.1/totesys",
  WAREHOUSE_URL: "postgres://loader:secret@127.0.0.1/warehouse",
  INGESTION_URL: "file:///lake/ingestion",
  PROCESSED_URL: "file:///lake/processed",
};

function read(settings: Readonly<Record<string, string>>) {
  const all = { ...PIPELINE, ...settings };
  return readCronSettings((name) => Object.hasOwn(all, name) ? all[name] : undefined);
}

Deno.test("every setting of the crons has a default", () => {
  const { schedules, mail, metric_namespace, freshness_ms } = read({});
  assertEquals(schedules.get("extract"), "* * * * *");
  assertEquals([mail, metric_namespace, freshness_ms], [null, null, 30 * 60_000]);
});

Deno.test("an empty setting counts as unset", () => {
  const empty = Object.fromEntries(
    settingsIn("sources", "tuning", "crons", "alerts").map((name) => [name, ""]),
  );
  assertEquals(JSON.stringify(read(empty)), JSON.stringify(read({})));
});

Deno.test("rates are on and files are off by default; off turns a source off", () => {
  const HOUR_MS = 3_600_000;
  const names = (settings: Readonly<Record<string, string>>) => [...read(settings).sources.keys()];
  assertEquals(names({}), ["rates"]);
  const on = read({
    RATES_URL: "OFF",
    FILES_URL: "file:///srv/targets",
    FILES_FRESHNESS_HOURS: "2",
  });
  assertEquals([...on.sources].map(([name, { freshness_ms }]) => [name, freshness_ms]), [
    ["files", 2 * HOUR_MS],
  ]);
  assertEquals([...on.schedules.keys()], ["extract", "load", "reconcile", "heartbeat", "files"]);
  const { sources } = read({ RATES_FRESHNESS_HOURS: "off", FILES_URL: "off" });
  assertEquals(sources.get("rates")?.freshness_ms, null);
});

Deno.test("RATES_URL is a list separated by spaces, commas or lines", () => {
  const url = (host: string) => `https://${host}.example.com/{date}/{code}`;
  const text = `${url("a")}, ${url("b")}\n${url("c")} `;
  assertEquals(SETTINGS.RATES_URL.parse(text), ["a", "b", "c"].map(url));
  assertEquals(SETTINGS.RATES_BASE.parse("usd"), "USD");
});

Deno.test("ALERT_TO is a list separated by commas", () => {
  const { mail } = read({
    ALERT_FROM: "etl@example.com",
    ALERT_TO: "a@example.com, b@example.com,",
  });
  assertEquals(mail?.to, ["a@example.com", "b@example.com"]);
  assertEquals(mail?.cooldown_ms, 6 * 3_600_000);
});

const INVALID: Readonly<Record<string, readonly string[]>> = {
  EXTRACT_SCHEDULE: [
    "hourly",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "*/0 * * * *",
    "5-1 * * * *",
  ],
  LOAD_SCHEDULE: [
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * */31 * *",
    ",* * * * *",
    "1- * * * *",
  ],
  RECONCILE_SCHEDULE: ["* * * 13 *", "* * * FOO *", "1/2/3 * * * *", "-1 * * * *", "1.5 * * * *"],
  HEARTBEAT_SCHEDULE: ["* * * * 0", "* * * * 8", "* * * * MONDAY"],
  RATES_SCHEDULE: ["daily"],
  FILES_SCHEDULE: ["60 * * * *"],
  RATES_URL: [
    "https://rates.example.com/{code}/{day}.json",
    "ftp://rates.example.com/{date}/{code}",
    "https://rates.example.com/{date}/{code} rates",
    "https://user:hunter2@rates.example.com/{date}/{code}",
    " , ",
  ],
  RATES_BASE: ["euro", "€", "eu"],
  REFERENCE_CURRENCY: ["pounds", "826"],
  FILES_URL: ["/srv/targets", "https://files.example.com", "file:///", "none"],
  RATES_FRESHNESS_HOURS: ["0", "-96", "4 days"],
  FILES_FRESHNESS_HOURS: ["0", "monthly"],
  RUN_BUDGET_SECONDS: ["0", "-1", "1m", "Infinity", "NaN", "0x10", "1e3"],
  MEMORY_BUDGET_MB: ["0", "-600", "600 MB"],
  FRESHNESS_MINUTES: ["0", "-30", "half an hour"],
  QUARANTINE_ALERT_ROWS: ["-1", "1.5", "many"],
  ALERT_FROM: [
    "etl",
    "etl@localhost",
    "ETL <etl@example.com>",
    "a@example.com\nBcc: b@example.com",
  ],
  ALERT_TO: [
    "ops",
    "a@example.com;b@example.com",
    "a@example.com, b",
    ",",
    "a@example.com,".repeat(51),
  ],
  ALERT_COOLDOWN_MINUTES: ["0", "-1", "6h"],
  METRIC_NAMESPACE: ["AWS/RDS", "a b", "x".repeat(256)],
};

for (const [name, values] of Object.entries(INVALID)) {
  Deno.test(`an invalid ${name} is an error that does not quote the value`, () => {
    for (const value of values) {
      const error = assertThrows(() => read({ [name]: value }), ConfigurationError, name);
      assertStringIncludes(error.message, `${name} `, value);
      if (/\w{4}/.test(value)) assertEquals(error.message.includes(value), false, value);
    }
  });
}

Deno.test("references to secrets are checked at the start, before any secret is fetched", () => {
  read({
    SOURCE_URL: "secretsmanager://totesys/source",
    WAREHOUSE_URL: "secretsmanager://w?host=h",
  });
  for (const SOURCE_URL of ["secretsmanager://", "secretsmanager://%zz"]) {
    const error = assertThrows(() => read({ SOURCE_URL }), ConfigurationError);
    assertStringIncludes(error.message, "SOURCE_URL names no secret");
  }
});

Deno.test("settings that would fail every run are refused at the start", () => {
  const refused: [Record<string, string>, string][] = [
    [
      { SOURCE_URL: "postgres://db.example.com/t?sslmode=prefer" },
      "SOURCE_URL cannot be used: sslmode=prefer",
    ],
    [{ WAREHOUSE_URL: "postgres://other:x@127.0.0.1:5432/totesys" }, "are the same database"],
    [
      { SOURCE_URL: "secretsmanager://a", WAREHOUSE_URL: "secretsmanager://a" },
      "the same database",
    ],
    [{ INGESTION_URL: "file:///" }, "INGESTION_URL names no folder"],
    [{ QUARANTINE_LIMIT: "0x10" }, "QUARANTINE_LIMIT is not a number"],
  ];
  for (const [settings, problem] of refused) {
    assertStringIncludes(assertThrows(() => read(settings), ConfigurationError).message, problem);
  }
  assertEquals(
    read({ QUARANTINE_LIMIT: " ", INGESTION_URL: " s3://zone/x\n" }).ingestion.url,
    "s3://zone/x",
  );
});

Deno.test("ALERT_TO requires ALERT_FROM", () => {
  const error = assertThrows(() => read({ ALERT_TO: "a@example.com" }), ConfigurationError);
  assertStringIncludes(error.message, "ALERT_FROM is not set, but ALERT_TO is");
});

Deno.test("one error lists the problems of all settings", () => {
  const invalid = { SOURCE_URL: "", LOAD_SCHEDULE: "x", ALERT_TO: "x", RUN_BUDGET_SECONDS: "x" };
  const error = assertThrows(() => read(invalid), ConfigurationError);
  for (const name of Object.keys(invalid)) assertStringIncludes(error.message, name);
});
