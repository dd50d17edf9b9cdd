import { assert, assertEquals, assertMatch } from "@std/assert";
import { OUTPUTS, type Outputs } from "../../deploy/outputs.ts";
import {
  accessUrl,
  describeStep,
  type Situation,
  type Step,
  stepsFor,
} from "../../deploy/steps.ts";

const ENVIRONMENT = { AWS_REGION: "eu-west-2", SOURCE_URL: "secretsmanager://totesys/source" };

const OUTPUTS_OF_IT: Outputs = {
  region: "eu-west-2",
  app_environment: ENVIRONMENT,
  role_arn: "arn:aws:iam::123456789012:role/totesys-pipeline",
  warehouse_host: "db.example.com",
  warehouse_port: 5432,
  warehouse_database: "warehouse",
  warehouse_admin_secret_arn: "arn:aws:secretsmanager:eu-west-2:123456789012:secret:rds!db-1",
  secret_names: {
    source: "totesys/source",
    warehouse: "totesys/warehouse",
    dashboard: "totesys/dashboard",
  },
};

const ADMIN = "postgres://owner:secret@source.example.com/totesys?sslmode=verify-full";

const SECRETS = {
  source: "postgres://totesys_reader:rrr@source.example.com/totesys?sslmode=verify-full",
  warehouse: "postgres://loader:lll@db.example.com:5432/warehouse",
  dashboard: "postgres://dashboard:ddd@db.example.com:5432/warehouse",
};

/** Everything is as it should be. */
const FINISHED: Situation = {
  names: { org: "acme", app: "totesys" },
  outputs: OUTPUTS_OF_IT,
  secrets: SECRETS,
  source: { admin: ADMIN },
  variables: ENVIRONMENT,
  settings: {},
  rotate: false,
};

const NEW: Situation = { ...FINISHED, outputs: {}, secrets: {}, variables: null };

function kinds(situation: Situation): string[] {
  return stepsFor(situation).map(({ kind }) => kind);
}

function accesses(situation: Situation): string[] {
  return stepsFor(situation).flatMap((step) =>
    step.kind === "access"
      ? [`${step.role.role} ${step.password} ${step.writes ? "written" : "as it is"}`]
      : []
  );
}

function variables(situation: Situation): string[] {
  return stepsFor(situation).flatMap((step) =>
    step.kind === "variable" ? [step.args.slice(2, 5).join(" ")] : []
  );
}

Deno.test("a source at the end of a tunnel is told apart from one that the crons reach", () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    const situation = { ...NEW, source: { admin: `postgres://owner@${host}:5433/totesys` } };
    const notes = stepsFor(situation).filter(({ kind }) => kind === "note").map(describeStep);
    assertEquals(notes.length, 1);
    assertMatch(notes[0], /SOURCE_ADMIN_URL is on this machine: unless the crons are too/);
  }
  assert(!kinds(NEW).includes("note"));
});

Deno.test("a source behind a tunnel keeps the address that its secret has for the crons", () => {
  const admin = "postgres://owner@localhost:5433/totesys";
  for (const rotate of [false, true]) {
    const situation = { ...FINISHED, source: { admin }, rotate };
    assertEquals(stepsFor(situation).filter(({ kind }) => kind === "note"), []);
    const made = stepsFor(situation).flatMap((step) => step.kind === "access" ? [step] : []);
    const source = made.find(({ secret }) => secret === "source")!;
    assertEquals(
      accessUrl(source, situation, "new"),
      "postgres://totesys_reader:new@source.example.com/totesys?sslmode=verify-full",
    );
  }
});

Deno.test("a new installation takes roles, an app, its connection, a deployment and a look", () => {
  assertEquals(kinds(NEW), [
    "access",
    "access",
    "access",
    "create",
    "connect",
    "deploy",
    "check",
  ]);
});

Deno.test("a finished one is only deployed: passwords are kept, nothing is written or set", () => {
  assertEquals(kinds(FINISHED), ["access", "access", "access", "deploy", "check"]);
  assertEquals(accesses(FINISHED), [
    "loader kept as it is",
    "dashboard kept as it is",
    "totesys_reader kept as it is",
  ]);
});

Deno.test("--rotate makes every password new, but not one that it cannot set", () => {
  assertEquals(accesses({ ...FINISHED, rotate: true }), [
    "loader new written",
    "dashboard new written",
    "totesys_reader new written",
  ]);
  const steps = stepsFor({ ...FINISHED, source: {}, rotate: true });
  assert(steps.some((step) => step.kind === "note" && /source's password stays/.test(step.text)));
});

Deno.test("a warehouse that moved gets its roles' old passwords, under its new address", () => {
  const outputs = { ...OUTPUTS_OF_IT, warehouse_host: "restored.example.com" };
  assertEquals(accesses({ ...FINISHED, outputs }), [
    "loader kept written",
    "dashboard kept written",
    "totesys_reader kept as it is",
  ]);
});

Deno.test("a secret that holds somebody else's URL, or none, is written anew", () => {
  for (const warehouse of ["postgres://admin:x@db.example.com:5432/warehouse", "no URL", ""]) {
    const secrets = { ...SECRETS, warehouse };
    assertEquals(accesses({ ...FINISHED, secrets })[0], "loader new written");
  }
});

Deno.test("a reader that was given is kept as it is, and no role is made in the source", () => {
  const reader = "postgres://reader:x@source.example.com/totesys";
  const keep = (secrets: Situation["secrets"]) =>
    stepsFor({ ...FINISHED, source: { reader }, secrets }).filter(({ kind }) => kind === "keep");
  assertEquals(keep(SECRETS), [{
    kind: "keep",
    secret: "source",
    database: "source.example.com/totesys",
    writes: true,
  }]);
  assertEquals(keep({ ...SECRETS, source: reader }), [
    { kind: "keep", secret: "source", database: "source.example.com/totesys", writes: false },
  ]);
});

Deno.test("without a word about the source, its secret is left alone", () => {
  const steps = stepsFor({ ...FINISHED, source: {} });
  assertEquals(steps.filter((step) => "secret" in step && step.secret === "source"), []);
});

Deno.test("variables are added, changed, or left alone; what nobody names stays", () => {
  assertEquals(
    variables({
      ...FINISHED,
      variables: { AWS_REGION: "us-east-1", LOAD_SCHEDULE: "* * * * *", FRESHNESS_MINUTES: null },
      settings: { EXTRACT_SCHEDULE: "*/5 * * * *", FRESHNESS_MINUTES: "10" },
    }),
    [
      "update-value AWS_REGION eu-west-2",
      "add SOURCE_URL secretsmanager://totesys/source",
      "add EXTRACT_SCHEDULE */5 * * * *",
      "update-value FRESHNESS_MINUTES 10",
    ],
  );
});

Deno.test("several installations that read one source have a role each", () => {
  const secret_names = { ...OUTPUTS_OF_IT.secret_names, source: "staging/source" };
  const outputs = { ...OUTPUTS_OF_IT, secret_names };
  assertEquals(accesses({ ...FINISHED, outputs })[2], "staging_reader new written");
});

Deno.test("no step, and no word about one, holds a secret", () => {
  const reader = "postgres://reader:given@source.example.com/totesys";
  const situations: Situation[] = [
    NEW,
    FINISHED,
    { ...FINISHED, rotate: true },
    { ...FINISHED, source: { reader } },
  ];
  for (const steps of situations.map(stepsFor)) {
    for (const text of [JSON.stringify(steps), ...steps.map(describeStep)]) {
      for (const secret of ["secret@", "rrr", "lll", "ddd", "given"]) {
        assert(!text.includes(secret), text);
      }
    }
  }
});

Deno.test("the app is made where it is near its AWS region", () => {
  const region = (region: string) => {
    const outputs = { ...OUTPUTS_OF_IT, region };
    const create = stepsFor({ ...FINISHED, outputs, variables: null })
      .find((step): step is Extract<Step, { kind: "create" }> => step.kind === "create")!;
    return create.args[create.args.indexOf("--region") + 1];
  };
  assertEquals(["eu-west-2", "us-east-1", "ap-south-1"].map(region), ["eu", "us", "global"]);
});

Deno.test("the module has every output that a deployment reads", async () => {
  const module = await Deno.readTextFile(new URL("../../terraform/outputs.tf", import.meta.url));
  for (const name of OUTPUTS) assertMatch(module, new RegExp(`^output "${name}" {`, "m"));
  const variables = await Deno.readTextFile(
    new URL("../../terraform/variables.tf", import.meta.url),
  );
  for (const name of ["name", "region", "deno_org", "deno_app"]) {
    assertMatch(variables, new RegExp(`^variable "${name}" {`, "m"));
  }
});
