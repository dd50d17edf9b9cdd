import { assert, assertEquals, assertMatch } from "@std/assert";
import { OUTPUTS, type Outputs } from "../../deploy/outputs.ts";
import {
  type DeploymentState,
  describeStep,
  planSteps,
  roleUrl,
  type Step,
} from "../../deploy/steps.ts";

const ENVIRONMENT = { AWS_REGION: "eu-west-2", SOURCE_URL: "secretsmanager://totesys/source" };

const TERRAFORM_OUTPUTS: Outputs = {
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
    dashboard_password: "totesys/dashboard_password",
  },
};

const ADMIN = "postgres://owner:secret@source.example.com/totesys?sslmode=verify-full";

const SECRETS = {
  source: "postgres://totesys_reader:rrr@source.example.com/totesys?sslmode=verify-full",
  warehouse: "postgres://loader:lll@db.example.com:5432/warehouse",
  dashboard: "postgres://dashboard:ddd@db.example.com:5432/warehouse",
  dashboard_password: "ppp",
};

/** A complete installation. */
const COMPLETE: DeploymentState = {
  names: { org: "acme", app: "totesys" },
  outputs: TERRAFORM_OUTPUTS,
  secrets: SECRETS,
  source: { admin: ADMIN },
  variables: ENVIRONMENT,
  settings: {},
  rotate: false,
  dashboard: true,
};

const NEW: DeploymentState = { ...COMPLETE, outputs: {}, secrets: {}, variables: null };

function kinds(state: DeploymentState): string[] {
  return planSteps(state).map(({ kind }) => kind);
}

function accesses(state: DeploymentState): string[] {
  return planSteps(state).flatMap((step) =>
    step.kind === "access"
      ? [`${step.role.role} ${step.password} ${step.writes ? "stored" : "unchanged"}`]
      : []
  );
}

function variables(state: DeploymentState): string[] {
  return planSteps(state).flatMap((step) =>
    step.kind === "variable" ? [step.args.slice(2, 5).join(" ")] : []
  );
}

Deno.test("planSteps() adds a note when the source's URL is on this machine", () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    const state = { ...NEW, source: { admin: `postgres://owner@${host}:5433/totesys` } };
    const notes = planSteps(state).filter(({ kind }) => kind === "note").map(describeStep);
    assertEquals(notes.length, 1);
    assertMatch(notes[0], /SOURCE_ADMIN_URL is on this machine, which the crons cannot reach/);
  }
  assert(!kinds(NEW).includes("note"));
});

Deno.test("roleUrl() keeps the stored host of a source behind a tunnel", () => {
  const admin = "postgres://owner@localhost:5433/totesys";
  for (const rotate of [false, true]) {
    const state = { ...COMPLETE, source: { admin }, rotate };
    assertEquals(planSteps(state).filter(({ kind }) => kind === "note"), []);
    const made = planSteps(state).flatMap((step) => step.kind === "access" ? [step] : []);
    const source = made.find(({ secret }) => secret === "source")!;
    assertEquals(
      roleUrl(source, state, "new"),
      "postgres://totesys_reader:new@source.example.com/totesys?sslmode=verify-full",
    );
  }
});

Deno.test("planSteps() of a new installation creates roles and the app, connects, deploys and checks", () => {
  assertEquals(kinds(NEW), [
    "access",
    "access",
    "access",
    "password",
    "create",
    "connect",
    "deploy",
    "check",
    "check",
  ]);
});

Deno.test("planSteps() of a complete installation keeps passwords and variables, and deploys", () => {
  assertEquals(kinds(COMPLETE), [
    "access",
    "access",
    "access",
    "password",
    "deploy",
    "check",
    "check",
  ]);
  assertEquals(accesses(COMPLETE), [
    "loader existing unchanged",
    "dashboard existing unchanged",
    "totesys_reader existing unchanged",
  ]);
});

Deno.test("--rotate changes every password that it can set", () => {
  assertEquals(accesses({ ...COMPLETE, rotate: true }), [
    "loader new stored",
    "dashboard new stored",
    "totesys_reader new stored",
  ]);
  const steps = planSteps({ ...COMPLETE, source: {}, rotate: true });
  assert(
    steps.some((step) =>
      step.kind === "note" && /source's password does not change/.test(step.text)
    ),
  );
});

Deno.test("a warehouse with a new host keeps its roles' passwords", () => {
  const outputs = { ...TERRAFORM_OUTPUTS, warehouse_host: "restored.example.com" };
  assertEquals(accesses({ ...COMPLETE, outputs }), [
    "loader existing stored",
    "dashboard existing stored",
    "totesys_reader existing unchanged",
  ]);
});

Deno.test("a secret with a missing or foreign URL is rewritten", () => {
  for (const warehouse of ["postgres://admin:x@db.example.com:5432/warehouse", "no URL", ""]) {
    const secrets = { ...SECRETS, warehouse };
    assertEquals(accesses({ ...COMPLETE, secrets })[0], "loader new stored");
  }
});

Deno.test("a reader that was given is existing unchanged, and no role is made in the source", () => {
  const reader = "postgres://reader:x@source.example.com/totesys";
  const storeSteps = (secrets: DeploymentState["secrets"]) =>
    planSteps({ ...COMPLETE, source: { reader }, secrets }).filter(({ kind }) => kind === "store");
  assertEquals(storeSteps(SECRETS), [{
    kind: "store",
    secret: "source",
    database: "source.example.com/totesys",
    writes: true,
  }]);
  assertEquals(storeSteps({ ...SECRETS, source: reader }), [
    { kind: "store", secret: "source", database: "source.example.com/totesys", writes: false },
  ]);
});

Deno.test("without the source's URL, its secret is unchanged", () => {
  const steps = planSteps({ ...COMPLETE, source: {} });
  assertEquals(steps.filter((step) => "secret" in step && step.secret === "source"), []);
});

Deno.test("variables are added or changed, and unknown ones stay", () => {
  assertEquals(
    variables({
      ...COMPLETE,
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

Deno.test("installations that share a source have a role each", () => {
  const secret_names = { ...TERRAFORM_OUTPUTS.secret_names, source: "staging/source" };
  const outputs = { ...TERRAFORM_OUTPUTS, secret_names };
  assertEquals(accesses({ ...COMPLETE, outputs })[2], "staging_reader new stored");
});

Deno.test("no step and no description of one contains a secret", () => {
  const reader = "postgres://reader:given@source.example.com/totesys";
  const states: DeploymentState[] = [
    NEW,
    COMPLETE,
    { ...COMPLETE, rotate: true },
    { ...COMPLETE, source: { reader } },
  ];
  for (const steps of states.map(planSteps)) {
    for (const text of [JSON.stringify(steps), ...steps.map(describeStep)]) {
      for (const secret of ["secret@", "rrr", "lll", "ddd", "given"]) {
        assert(!text.includes(secret), text);
      }
    }
  }
});

Deno.test("the app is created near its AWS region", () => {
  const region = (region: string) => {
    const outputs = { ...TERRAFORM_OUTPUTS, region };
    const create = planSteps({ ...COMPLETE, outputs, variables: null })
      .find((step): step is Extract<Step, { kind: "create" }> => step.kind === "create")!;
    return create.args[create.args.indexOf("--region") + 1];
  };
  assertEquals(["eu-west-2", "us-east-1", "ap-south-1"].map(region), ["eu", "us", "global"]);
});

Deno.test("the module has every output and variable that a deployment reads", async () => {
  const module = await Deno.readTextFile(new URL("../../terraform/outputs.tf", import.meta.url));
  for (const name of OUTPUTS) assertMatch(module, new RegExp(`^output "${name}" {`, "m"));
  const variables = await Deno.readTextFile(
    new URL("../../terraform/variables.tf", import.meta.url),
  );
  for (const name of ["name", "region", "deno_org", "deno_app"]) {
    assertMatch(variables, new RegExp(`^variable "${name}" {`, "m"));
  }
});

Deno.test("planSteps() generates a password of the dashboard once, and again with --rotate", () => {
  const step = (state: DeploymentState) =>
    planSteps(state).filter(({ kind }) => kind === "password").map(describeStep);
  const made = ["store a new password of the dashboard in the secret dashboard_password"];
  const kept = ["the secret dashboard_password already holds the password of the dashboard"];
  assertEquals(step(NEW), made);
  assertEquals(step(COMPLETE), kept);
  assertEquals(step({ ...COMPLETE, rotate: true }), made);
});

Deno.test("planSteps() without a dashboard neither makes nor checks its password", () => {
  const state = { ...COMPLETE, dashboard: false };
  assertEquals(kinds(state), ["access", "access", "access", "deploy", "check"]);
  assertEquals(describeStep(planSteps(state).at(-1)!), "GET /health of production");
});
