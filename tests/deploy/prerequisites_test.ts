import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readOptions } from "../../deploy/options.ts";
import {
  denoProblem,
  readSource,
  sourceUrlProblem,
  terraformVersionProblem,
} from "../../deploy/prerequisites.ts";
import { Redaction } from "../../deploy/redaction.ts";
import { appSettings, settingsProblem } from "../../deploy/settings.ts";
import { textVariable } from "../../deploy/tfvars.ts";

const environmentOf = (settings: Readonly<Record<string, string>>) => (name: string) =>
  settings[name];

Deno.test("denoProblem() rejects the version that duplicates arguments", () => {
  assertStringIncludes(denoProblem("2.9.6") ?? "", "https://github.com/denoland/deno/pull/36722");
  assertEquals(denoProblem("2.9.6", "file:///cli.ts"), null);
  assertEquals(["2.9.5", "2.9.7", "2.10.0"].map((version) => denoProblem(version)), [
    null,
    null,
    null,
  ]);
});

Deno.test("terraformVersionProblem() requires 1.11", () => {
  const problem = (terraform_version: string) =>
    terraformVersionProblem(JSON.stringify({ terraform_version }));
  assertEquals(["1.11.0", "1.12.3", "2.0.0"].map(problem), [null, null, null]);
  for (const old of ["1.10.9", "0.15.0", "1.9.0"]) {
    assertStringIncludes(problem(old) ?? "", `Terraform ${old} is too old`);
  }
});

Deno.test("readSource() ignores a reference to a secret", () => {
  assertEquals(readSource(environmentOf({})).isSet, false);
  assertEquals(readSource(environmentOf({ SOURCE_URL: "secretsmanager://a/b" })).isSet, false);
  assertEquals(
    readSource(environmentOf({ SOURCE_URL: "postgres://r@h/d" })).reader,
    "postgres://r@h/d",
  );
  assertEquals(readSource(environmentOf({ SOURCE_ADMIN_URL: "postgres://a@h/d" })).isSet, true);
});

Deno.test("sourceUrlProblem() names the variable and does not quote its value", () => {
  for (const name of ["SOURCE_URL", "SOURCE_ADMIN_URL"]) {
    for (const value of ["hush", "mysql://hush@h/d"]) {
      const problem = sourceUrlProblem(environmentOf({ [name]: value })) ?? "";
      assertStringIncludes(problem, name);
      assertEquals(problem.includes("hush"), false);
    }
    assertEquals(sourceUrlProblem(environmentOf({ [name]: "postgres://r:p@h/d" })), null);
  }
});

Deno.test("appSettings() skips the settings that Terraform gives", () => {
  const environment = environmentOf({
    EXTRACT_SCHEDULE: "*/5 * * * *",
    RECONCILE_MINUTES: "30",
    LOAD_SCHEDULE: "",
    ALERT_TO: "ops@example.com",
    HOME: "/home/operator",
  });
  assertEquals(appSettings(environment), {
    EXTRACT_SCHEDULE: "*/5 * * * *",
    RECONCILE_MINUTES: "30",
  });
  assertEquals(settingsProblem(environment), null);
});

Deno.test("settingsProblem() lists every invalid setting", () => {
  const problem = settingsProblem(
    environmentOf({ EXTRACT_SCHEDULE: "often", RUN_BUDGET_SECONDS: "-1", CHUNK_ROWS: "many" }),
  ) ?? "";
  for (const name of ["EXTRACT_SCHEDULE", "RUN_BUDGET_SECONDS", "CHUNK_ROWS"]) {
    assertStringIncludes(problem, name);
  }
});

Deno.test("textVariable() returns a string in terraform.tfvars", () => {
  const text = 'name   = "staging"\n# region = "us-east-1"\nregion="eu-west-2"\ncount = 3\n';
  assertEquals(["name", "region", "count", "nothing"].map((name) => textVariable(text, name)), [
    "staging",
    "eu-west-2",
    undefined,
    undefined,
  ]);
});

Deno.test("a redaction hides a URL's password in every encoding", () => {
  const redaction = new Redaction();
  redaction.add("postgres://loader:p%40ss@db/warehouse");
  redaction.add("p%40ss-and-more");
  redaction.add(undefined);
  redaction.add("");
  assertEquals(
    redaction.apply("postgres://loader:p%40ss@db/warehouse p@ss p%40ss p%40ss-and-more fine"),
    "•••• •••• •••• •••• fine",
  );
});

Deno.test("readOptions() returns the options and rejects unknown ones", () => {
  assertEquals(readOptions(["--help"]), undefined);
  const { plan, yes, rotate, module } = readOptions(["--plan", "--terraform", "/srv/staging"])!;
  assertEquals({ plan, yes, rotate, module }, {
    plan: true,
    yes: false,
    rotate: false,
    module: "/srv/staging",
  });
  assertThrows(() => readOptions(["--force"]), TypeError);
  assertThrows(() => readOptions(["now"]), TypeError);
});
