/**
 * Complete deployments: ModuleCopy, Postgres and HTTP are real, AWS is a simulation, and `deno deploy` is a
 * stub that records its calls.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { whyNoTerraform } from "../terraform/module_copy.ts";
import { sourceTables } from "../../schemas/source_tables.ts";
import { S3_ENDPOINT } from "../support/s3.ts";
import { SECRET } from "./stub_cli.ts";
import {
  ADMIN_PASSWORD,
  type Installation,
  newInstallation,
  type Output,
  outputOf,
  TOKEN,
} from "./installation.ts";
import { assertShown } from "./page.ts";

const unavailable = await whyNoTerraform() ??
  (S3_ENDPOINT === undefined ? "no simulation of AWS is running" : null);
if (unavailable) console.warn(`note: tests of deploy() are ignored: ${unavailable}`);

function deployTest(name: string, body: (installation: Installation) => Promise<void>): void {
  Deno.test({
    name,
    ignore: unavailable !== null,
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => {
      await using installation = await newInstallation();
      await body(installation);
    },
  });
}

async function assertNoSecret({ text }: Output, { secret }: Installation): Promise<void> {
  const stored = await Promise.all(
    ["source", "warehouse", "dashboard"].map((name) => secret(name).catch(() => undefined)),
  );
  const passwords = stored.filter((url) => url !== undefined).map((url) => new URL(url).password);
  for (const hidden of [ADMIN_PASSWORD, encodeURIComponent(ADMIN_PASSWORD), TOKEN, ...passwords]) {
    assert(!text.includes(hidden), `the output contains a secret: ${text}`);
  }
}

/** Returns the role of a URL, and the number of tables that it can read. */
async function connectAs(url: string): Promise<{ role: string; readable: number }> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [{ role, readable }] = await sql`SELECT current_user AS role,
      (SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'
        AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')) AS readable`;
    return { role, readable };
  } finally {
    await sql.end();
  }
}

deployTest(
  "deploy() sets up everything, and a second deployment changes nothing",
  async (installation) => {
    const { deploy, secret, memory } = installation;
    const first = await deploy(["--yes"], { EXTRACT_SCHEDULE: "*/5 * * * *" });
    assertEquals(first.code, 0, first.text);
    await assertNoSecret(first, installation);
    assertShown("deno task deploy", first.text, installation);
    const source = await connectAs((await secret("source"))!);
    assertMatch(source.role, /^t-\w+_reader$/);
    assertEquals(source.readable, sourceTables.length);
    assertEquals((await connectAs((await secret("warehouse"))!)).role, "loader");
    assertEquals((await connectAs((await secret("dashboard"))!)).role, "dashboard");
    const { app, calls } = await memory();
    assertEquals(app?.EXTRACT_SCHEDULE, "*/5 * * * *");
    assertMatch(app?.SOURCE_URL ?? "", /^secretsmanager:\/\/t-\w+\/source$/);
    const deployments = calls.filter(({ args }) => args.includes("--prod"));
    assertEquals(deployments.map(({ args }) => args.join(" ")), [
      "--json --non-interactive --org acme --app totesys --prod .",
    ]);
    const { files } = deployments[0];
    assert(files.includes("functions/main.ts") && files.includes("deno.lock"));
    assertEquals([...new Set(files.map((path) => path.split("/")[0]))].sort(), [
      "deno.json",
      "deno.lock",
      "functions",
      "schemas",
      "sdk",
    ]);

    const password = (await secret("dashboard_password"))!;
    assertMatch(password, /^[\w-]{43}$/);
    assert(!first.text.includes(password));
    assertMatch(app?.DASHBOARD_PASSWORD ?? "", /^secretsmanager:\/\/t-\w+\/dashboard_password$/);

    const before = [await secret("source"), await secret("warehouse"), await secret("dashboard")];
    const second = await deploy(["--yes"], { SOURCE_ADMIN_URL: "" });
    assertEquals(second.code, 0, second.text);
    await assertNoSecret(second, installation);
    assertStringIncludes(second.text, "terraform has no changes");
    const after = [await secret("source"), await secret("warehouse"), await secret("dashboard")];
    assertEquals(after, before);
    assertEquals(await secret("dashboard_password"), password);
    assertEquals((await connectAs(after[1]!)).role, "loader");
    const again = (await memory()).calls.slice(calls.length).map(({ args }) => args[0]);
    assertEquals(again.filter((word) => word === "create"), []);
    assertEquals((await memory()).app, app);
    const sets = (await memory()).calls.slice(calls.length)
      .filter(({ args }) => args.includes("add") || args.includes("update-value"));
    assertEquals(sets, []);
  },
);

deployTest(
  "deploy() passes each program only the secrets that it needs",
  async (installation) => {
    const { deploy, memory, module } = installation;
    const others = {
      GITHUB_TOKEN: "hush",
      PGPASSWORD: "hush",
      ACTIONS_ID_TOKEN_REQUEST_URL: "hush",
    };
    await Deno.writeTextFile(
      `${module}/environment.tf`,
      `resource "terraform_data" "environment" {
  provisioner "local-exec" { command = "env | cut -d= -f1 > names.txt" }
}
`,
    );
    const { code, text } = await deploy(["--yes"], others);
    assertEquals(code, 0, text);
    for (const { secrets, args } of (await memory()).calls) {
      assertEquals(secrets, ["DENO_DEPLOY_TOKEN"]);
      assert(!args.join(" ").includes(TOKEN));
    }
    const names = (await Deno.readTextFile(`${module}/names.txt`)).trim().split("\n");
    assertEquals(names.filter((name) => SECRET.test(name)).sort(), [
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
    ]);
    for await (const { name } of Deno.readDir(module)) {
      if (!name.endsWith(".tfstate")) continue;
      const state = await Deno.readTextFile(`${module}/${name}`);
      assert(!state.includes(ADMIN_PASSWORD) && !state.includes(TOKEN));
    }
  },
);

deployTest("dashboard = false leaves the dashboard out", async (installation) => {
  const { deploy, secret, memory, module } = installation;
  await Deno.writeTextFile(`${module}/terraform.tfvars`, "dashboard = false\n", { append: true });
  const { code, text } = await deploy(["--yes"]);
  assertEquals(code, 0, text);
  assert(!text.includes("dashboard_password"), text);
  assert(!text.includes("asks for the password"), text);
  assertEquals((await memory()).app?.DASHBOARD_PASSWORD, "off");
  assertEquals(await secret("dashboard_password").catch(() => "empty"), "empty");
});

deployTest("--plan prints the steps and changes nothing", async (installation) => {
  const { deploy, secret, memory } = installation;
  const output = await deploy(["--plan"]);
  assertEquals(output.code, 0, output.text);
  await assertNoSecret(output, installation);
  for (
    const part of [
      "Changes to Outputs",
      "role loader in 127.0.0.1:",
      "store its URL in the secret source",
      "deno deploy create",
      "deno deploy env add AWS_REGION eu-west-2",
      "by hand, once: https://console.deno.com/acme/totesys/settings",
      "--prod .",
      "GET /health",
    ]
  ) assertStringIncludes(output.text, part);
  assertEquals(await secret("warehouse").catch(() => "empty"), "empty");
  const { app, calls } = await memory();
  assertEquals(app, null);
  assertEquals(calls.map(({ args }) => args[0] + args[1]), ["whoami--json", "envlist"]);
});

deployTest("deploy() changes nothing without confirmation", async ({ deploy, memory }) => {
  const { code, text } = await deploy([]);
  assertEquals(code, 1);
  assertStringIncludes(text, "nothing was changed");
  assertEquals((await memory()).app, null);
});

deployTest(
  "--rotate gives every role a new password, and the old ones are rejected",
  async (installation) => {
    const { deploy, secret } = installation;
    assertEquals((await deploy(["--yes"])).code, 0);
    const before = [(await secret("source"))!, (await secret("warehouse"))!];
    const password = await secret("dashboard_password");
    const output = await deploy(["--yes", "--rotate"]);
    assertEquals(output.code, 0, output.text);
    await assertNoSecret(output, installation);
    assertShown("deno task deploy --rotate", output.text, installation);
    const after = [(await secret("source"))!, (await secret("warehouse"))!];
    assert(password !== await secret("dashboard_password"));
    for (const [place, url] of before.entries()) {
      assert(url !== after[place]);
      const refused = await connectAs(url).catch(String);
      assertMatch(String(refused), /password authentication failed/);
      await connectAs(after[place]);
    }
  },
);

deployTest(
  "deploy() stores SOURCE_URL and creates no role for it",
  async (installation) => {
    const { deploy, secret, server } = installation;
    const SOURCE_URL = "postgres://reader:given@db.example.com/totesys";
    const given = { SOURCE_ADMIN_URL: "", SOURCE_URL };
    const output = await deploy(["--yes"], given);
    assertEquals(output.code, 0, output.text);
    await assertNoSecret(output, installation);
    assertEquals(await secret("source"), SOURCE_URL);
    const sql = postgres(server.url("totesys"), { max: 1 });
    const readers = await sql`SELECT FROM pg_roles WHERE rolname LIKE '%reader'`;
    await sql.end();
    assertEquals(readers.length, 0);
    const { text } = await deploy(["--plan"], given);
    assertStringIncludes(text, "already holds SOURCE_URL (db.example.com/totesys)");
  },
);

deployTest(
  "the next deployment repairs one that failed between a role and its secret",
  async (installation) => {
    const { deploy, secret, server } = installation;
    assertEquals((await deploy(["--yes"])).code, 0);
    const sql = postgres(server.url("warehouse"), { max: 1 });
    await sql`ALTER ROLE loader PASSWORD 'changed elsewhere'`;
    await sql.end();
    const url = (await secret("warehouse"))!;
    assertMatch(String(await connectAs(url).catch(String)), /authentication failed/);
    assertEquals((await deploy(["--yes"])).code, 0);
    assertEquals(await secret("warehouse"), url);
    assertEquals((await connectAs(url)).role, "loader");
  },
);

deployTest(
  "deploy() lists every unmet prerequisite with its remedy",
  async ({ deploy, module }) => {
    await Deno.remove(`${module}/terraform.tfvars`);
    await Deno.writeTextFile(`${module}/versions.tf`, 'terraform {\n  backend "s3" {}\n}\n');
    const programs = await Deno.makeTempDir();
    const other = '#!/bin/sh\necho "deno 2.9.6 (stable, release, x86_64-unknown-linux-gnu)"\n';
    await Deno.writeTextFile(`${programs}/deno`, other, { mode: 0o755 });
    const { code, text } = await deploy(["--yes"], {
      PATH: programs,
      AWS_ACCESS_KEY_ID: "",
      DENO_DEPLOY_TOKEN: "",
      DENO_DEPLOY_CLI_SPECIFIER: "",
      SOURCE_ADMIN_URL: "hush",
      EXTRACT_SCHEDULE: "often",
    });
    assertEquals(code, 1);
    for (
      const part of [
        "Deno 2.9.6 passes the arguments of deno deploy twice",
        "Terraform is not installed",
        "terraform.tfvars is missing",
        "backend.hcl is missing",
        "AWS rejected the credentials",
        "DENO_DEPLOY_TOKEN is not set",
        "SOURCE_ADMIN_URL is not a URL",
        "EXTRACT_SCHEDULE does not have five fields",
      ]
    ) assertStringIncludes(text, part);
    assert(!text.includes("hush"));
    for (const broken of ['#!/bin/sh\necho "deno 2.9.7"\nexit 3\n', "nothing to run", null]) {
      const path = `${programs}/deno`;
      await (broken === null ? Deno.remove(path) : Deno.writeTextFile(path, broken));
      assertStringIncludes(
        (await deploy([], { PATH: programs })).text,
        "no working deno on the PATH",
      );
    }
    await Deno.remove(programs, { recursive: true });
  },
);

deployTest("deploy() reports an unknown source once", async ({ deploy }) => {
  const { code, text } = await deploy(["--plan"], { SOURCE_ADMIN_URL: "" });
  assertEquals(code, 1);
  assertMatch(text, /the secret t-\w+\/source is empty. Set SOURCE_ADMIN_URL/);
  const withoutAccess = await deploy(["--plan"], { SOURCE_ADMIN_URL: "", AWS_ACCESS_KEY_ID: "" });
  assertMatch(withoutAccess.text, /^- AWS rejected the credentials .*credential_process/m);
  assertMatch(
    withoutAccess.text,
    /^- the source is unknown, unless its secret holds it. Set SOURCE_ADMIN_URL/m,
  );
});

deployTest(
  "an interrupted deployment waits for Terraform, and the next one continues",
  async (installation) => {
    const { deploy, start, module } = installation;
    await Deno.writeTextFile(
      `${module}/slow.tf`,
      `resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "touch started; sleep 3; touch done" }
}
`,
    );
    const child = await start(["--yes"]);
    const output = child.output();
    while (!await Deno.stat(`${module}/started`).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGTERM");
    const { code, text } = outputOf(await output);
    assertEquals(code, 130, text);
    assertStringIncludes(text, "error: interrupted\n  EtlError in stage deploy");
    assertStringIncludes(text, "next: deno task deploy: it continues from there");
    const lock = await Deno.stat(`${module}/.terraform.tfstate.lock.info`).catch(() => null);
    assertEquals(lock, null, "Terraform has unlocked its state");
    const next = await deploy(["--yes"]);
    assertEquals(next.code, 0, next.text);
  },
);

deployTest(
  "deploy() reports an unreachable database with its remedy",
  async (installation) => {
    const { deploy, environment, module } = installation;
    const wrong = new URL(environment.SOURCE_ADMIN_URL);
    wrong.password = "wrong";
    const refused = await deploy(["--yes"], { SOURCE_ADMIN_URL: wrong.href });
    assertEquals(refused.code, 1);
    assertStringIncludes(
      refused.text,
      "cannot connect to SOURCE_ADMIN_URL: password authentication failed",
    );
    const insecure = await deploy(["--yes"], { SOURCE_ADMIN_URL: `${wrong.href}?sslmode=prefer` });
    assertStringIncludes(insecure.text, "sslmode=prefer does not say whether");
    const here = await deploy(["--yes"], {
      SOURCE_ADMIN_URL: "",
      SOURCE_URL: "postgres://r:x@localhost/t",
    });
    assertStringIncludes(here.text, "SOURCE_URL is on this machine");
    const main = await Deno.readTextFile(`${module}/main.tf`);
    await Deno.writeTextFile(
      `${module}/main.tf`,
      main.replace('value = "warehouse"', 'value = "gone"'),
    );
    const gone = await deploy(["--yes"]);
    assertEquals(gone.code, 1);
    assertStringIncludes(gone.text, "cannot create the role loader in 127.0.0.1");
    assertStringIncludes(gone.text, "next: check the database name in the URL");
    assert(!/ at .*\.ts:/.test(gone.text), gone.text);
  },
);

deployTest("deploy() reports an error of Deno Deploy with its remedy", async (installation) => {
  const { deploy } = installation;
  const token = await deploy(["--yes"], { STUB_FAILURE: "whoami=3" });
  assertEquals(token.code, 1);
  assertStringIncludes(
    token.text,
    "Deno Deploy rejected the token: It does not work. next: create a token at",
  );
  const network = await deploy(["--yes"], { STUB_FAILURE: "--prod=6" });
  assertEquals(network.code, 1);
  assertStringIncludes(network.text, "cannot reach Deno Deploy: It does not work.");
  assertStringIncludes(network.text, "run the same command again");
  await assertNoSecret(network, installation);
  assertEquals((await deploy(["--yes"])).code, 0);
});

deployTest(
  "deploy() reports an error of Terraform and stops",
  async ({ deploy, memory, module }) => {
    await Deno.writeTextFile(`${module}/bad.tf`, 'output "bad" { value = var.nonsense }\n');
    const { code, text } = await deploy(["--yes"]);
    assertEquals(code, 1);
    assertStringIncludes(text, "terraform plan failed");
    assertStringIncludes(text, "var.nonsense");
    assertEquals((await memory()).app, null);
  },
);
