/**
 * The module as it is, applied to a stand-in for AWS and destroyed again.
 *
 * For some things Terraform waits for minutes, however soon they are there: it first looks for a database
 * after one, and asks for lifecycle rules until it was told the same ten times. They are left out unless
 * TEST_TERRAFORM is "full", which CI says.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { type Moto, MOTO_MISSING, motoIsInstalled, startMoto } from "../../dev/moto.ts";
import { SETTINGS } from "../../functions/config.ts";
import { SERVICE_SETTINGS } from "../../functions/service_config.ts";
import { openTerraform, type Terraform, terraformIsMissing } from "../../dev/terraform.ts";

const FULL = Deno.env.get("TEST_TERRAFORM") === "full";
const QUICK = Deno.env.get("TEST_TERRAFORM") === "quick";

const VARIABLES = `
region                     = "eu-west-2"
deno_org                   = "acme"
deno_app                   = "totesys"
alert_sender               = "etl@example.com"
alert_recipients           = ["data@example.com", "oncall@example.com"]
verify_sender_domain       = true
warehouse_allowed_cidrs    = ["0.0.0.0/0"]
break_glass_principal_arns = ["arn:aws:iam::123456789012:role/data-protection"]
object_lock_days           = 1
monthly_budget_usd         = 20
deletion_protection        = false
secret_recovery_days       = 0
`;

const OVERRIDE = `
terraform {
  backend "local" {}
}

provider "aws" {
  max_retries = 1
}
`;

/** What Terraform waits for longest. */
const SLOW = ["aws_db_instance.warehouse", "aws_s3_bucket_lifecycle_configuration.zone"];

const OPTIONS = ["-input=false", "-no-color", "-var-file=test.tfvars"];

const unavailable = await terraformIsMissing() ?? (await motoIsInstalled() ? null : MOTO_MISSING);
if (!FULL && !QUICK) {
  console.warn("terraform/ is planned, not applied: TEST_TERRAFORM=quick or =full does that");
} else if (unavailable && !FULL) {
  console.warn(`terraform/ is not applied: ${unavailable}`);
} else if (!FULL) {
  console.warn(`terraform/ is applied without ${SLOW.join(", ")}; TEST_TERRAFORM=full does it all`);
}

Deno.test({
  name: FULL
    ? "terraform apply makes everything, a second one changes nothing, destroy leaves nothing"
    : "terraform apply makes all that is quick, a second one changes nothing, destroy leaves nothing",
  // Whoever asks for all of it must not be given nothing.
  ignore: !FULL && (!QUICK || unavailable !== null),
  fn: async () => {
    const module = unavailable ?? await openTerraform({ override: OVERRIDE });
    if (typeof module === "string") {
      assert(!FULL, module);
      return console.warn(`terraform/ is not applied: ${module}`);
    }
    await using _module = module;
    await using moto = (await startMoto({ fillGaps: true }))!;
    const aws = cloud(module, moto);
    await Deno.writeTextFile(join(module.dir, "test.tfvars"), VARIABLES);
    const targets = FULL ? [] : await quickOnes(module, aws.run);

    await aws.run("apply", "-auto-approve", ...targets);
    const made = await aws.outputs();
    assertEquals(made.ingestion_url, "s3://totesys-ingestion-123456789012-eu-west-2");
    assertEquals(made.processed_url, "s3://totesys-processed-123456789012-eu-west-2");
    assertEquals(made.role_arn, "arn:aws:iam::123456789012:role/totesys-pipeline");
    assertEquals(unknownSettings(made.app_environment as object), []);
    assertEquals(Object.keys(made.mail_dns_records as object).length, 3);
    if (FULL) await assertWarehouse(module, moto, made);
    // It would exit with 2 if anything were read back otherwise than it was written.
    await aws.run("plan", "-detailed-exitcode", ...targets);
    assertEquals(await buckets(moto), [
      "totesys-ingestion-123456789012-eu-west-2",
      "totesys-processed-123456789012-eu-west-2",
    ]);

    await aws.run("destroy", "-auto-approve");
    assertEquals(await buckets(moto), []);
    assertEquals((await module.run(["state", "list"])).trim(), "");
  },
});

/** Terraform's commands, on the cloud that moto is. */
function cloud(module: Terraform, moto: Moto) {
  const environment = {
    AWS_ENDPOINT_URL: moto.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return {
    run: (command: string, ...args: string[]) =>
      module.run([command, ...OPTIONS, ...args], environment),
    outputs: async (): Promise<Record<string, unknown>> => {
      const outputs: Record<string, { value: unknown }> = JSON.parse(
        await module.run(["output", "-json"]),
      );
      return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
    },
  };
}

/** Variables that the crons do not read. */
function unknownSettings(environment: object): string[] {
  const known = ["AWS_REGION", ...Object.keys(SETTINGS), ...Object.keys(SERVICE_SETTINGS)];
  return Object.keys(environment).filter((name) => !known.includes(name));
}

interface PlannedModule {
  readonly configuration: { readonly root_module: { readonly resources: readonly Resource[] } };
}

interface Resource {
  readonly address: string;
  readonly mode: string;
  readonly expressions?: unknown;
}

/** `-target` for every resource that is not slow and needs none that is. */
async function quickOnes(
  module: Terraform,
  run: (command: string, ...args: string[]) => Promise<string>,
): Promise<string[]> {
  await run("plan", "-out=plan");
  const plan: PlannedModule = JSON.parse(await module.run(["show", "-json", "plan"]));
  const { resources } = plan.configuration.root_module;
  const addresses = resources.map(({ address }) => address);
  assertEquals(SLOW.filter((slow) => !addresses.includes(slow)), []);
  return resources
    .filter(({ mode, address, expressions }) => {
      const text = `${address} ${JSON.stringify(expressions)}`;
      return mode === "managed" && !SLOW.some((slow) => text.includes(slow));
    })
    .map(({ address }) => `-target=${address}`);
}

/** The deploy task can find the database, and its password is nowhere but in its secret. */
async function assertWarehouse(
  module: Terraform,
  moto: Moto,
  made: Record<string, unknown>,
): Promise<void> {
  assertMatch(`${made.warehouse_host}:${made.warehouse_port}`, /\.rds\.amazonaws\.com:5432$/);
  const answer = await fetch(moto.url, {
    method: "POST",
    headers: {
      "x-amz-target": "secretsmanager.GetSecretValue",
      "content-type": "application/x-amz-json-1.1",
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-2/secretsmanager/aws4_request",
    },
    body: JSON.stringify({ SecretId: made.warehouse_admin_secret_arn }),
  });
  const { SecretString } = await answer.json() as { SecretString: string };
  const { password } = JSON.parse(SecretString) as Record<string, string>;
  assert(password);
  const state = await Deno.readTextFile(join(module.dir, "terraform.tfstate"));
  assert(state.includes("warehouse_admin"));
  assert(!state.includes(JSON.stringify(password)), "the state knows the password");
}

async function buckets(moto: Moto): Promise<string[]> {
  const text = await (await fetch(moto.url)).text();
  return [...text.matchAll(/<Name>([^<]+)<\/Name>/g)].map(([, name]) => name).sort();
}
