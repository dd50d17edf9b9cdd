/**
 * Applies the unmodified module to an emulated AWS, uses it and destroys it.
 *
 * Terraform waits minutes for some resources, even when they are ready: it waits before it first
 * checks a database, and reads lifecycle rules until it gets the same answer ten times. Those are
 * applied only when TEST_TERRAFORM is "full", as in CI.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { type Moto, MOTO_MISSING, motoIsInstalled, startMoto } from "../../dev/moto.ts";
import { SETTINGS } from "../../functions/settings/table.ts";
import { type ModuleCopy, openModuleCopy, whyNoTerraform } from "./module_copy.ts";
import { QUICK, slowTest } from "../support/slow.ts";
import { makeAdministrator, secretIn, takeRole } from "./account.ts";
import { assertPipelineRuns, assertRoleIsClosed, type Production } from "./production.ts";

const FULL = Deno.env.get("TEST_TERRAFORM") === "full";

const VARIABLES = `
region                     = "eu-west-2"
deno_org                   = "acme"
deno_app                   = "totesys"
alert_sender               = "etl@example.com"
alert_recipients           = ["data@example.com", "oncall@example.com"]
verify_sender_domain       = true
warehouse_allowed_cidrs    = ["0.0.0.0/0"]
monthly_budget_usd         = 20
deletion_protection        = false
secret_recovery_days       = 0
`;

const OVERRIDE = `
terraform {
  backend "local" {}
}

provider "aws" {
  max_retries = 5
}
`;

/** The resources that Terraform waits longest for. */
const SLOW = [
  "aws_db_instance.warehouse",
  "aws_s3_bucket_lifecycle_configuration.zone",
  "aws_s3_bucket_lifecycle_configuration.files",
];

const OPTIONS = ["-input=false", "-no-color", "-var-file=test.tfvars"];

const unavailable = await whyNoTerraform() ?? (await motoIsInstalled() ? null : MOTO_MISSING);
if (unavailable && !FULL && !QUICK) {
  console.warn(`note: terraform/ is not applied: ${unavailable}`);
} else if (!FULL && !QUICK) {
  console.warn(
    `note: terraform/ is applied without ${SLOW.join(", ")}; TEST_TERRAFORM=full does it all`,
  );
}

slowTest({
  name: FULL
    ? "terraform apply creates everything that the crons need, and destroy removes it"
    : "terraform apply of the quick resources is enough for the crons, and destroy removes them",
  // A request for the full test must not be ignored silently.
  ignore: !FULL && unavailable !== null,
  fn: async () => {
    const module = unavailable ?? await openModuleCopy({ override: OVERRIDE });
    if (typeof module === "string") {
      assert(!FULL, module);
      return console.warn(`note: terraform/ is not applied: ${module}`);
    }
    await using _module = module;
    await using moto = (await startMoto({ fillGaps: true }))!;
    const aws = cloud(module, moto);
    await aws.configure(VARIABLES);
    const targets = FULL ? [] : await quickOnes(module, aws.run);

    await applyAll(aws, targets);
    const made = await aws.outputs();
    assertEquals(made.ingestion_url, "s3://totesys-ingestion-123456789012-eu-west-2");
    assertEquals(made.processed_url, "s3://totesys-processed-123456789012-eu-west-2");
    assertEquals(made.files_url, "s3://totesys-files-123456789012-eu-west-2");
    assertEquals(made.role_arn, "arn:aws:iam::123456789012:role/totesys-pipeline");
    assertEquals(unknownSettings(made.app_environment), []);
    assertEquals(Object.keys(made.mail_dns_records as object).length, 3);
    if (FULL) await assertWarehouse(module, moto, made);

    await lockLake(aws, module, targets);
    // Exits with 2 if anything is read back differently than it was written.
    await aws.run("plan", "-detailed-exitcode", ...targets);

    await assertPipelineRuns(made, moto);
    await assertRoleIsClosed(made, moto);

    await tearDown(aws, moto, targets);
    assertEquals(await bucketsOf(moto), []);
    assertEquals((await module.run(["state", "list"])).trim(), "");
  },
});

/**
 * When a response is lost, Terraform repeats the request, finds the resource already created or
 * deleted, and fails. The next apply continues from there, as docs/cloud.md says; failing twice is
 * an error.
 */
async function applyAll(aws: Cloud, targets: readonly string[]): Promise<void> {
  const apply = () => aws.run("apply", "-auto-approve", ...targets);
  await apply().catch((error) => {
    console.warn(`apply failed once:\n${String(error).replace(/^[^]*?(?=^Error: )/m, "")}`);
    return apply();
  });
}

/** Switches object lock on for existing buckets, which keep it. */
async function lockLake(aws: Cloud, module: ModuleCopy, targets: readonly string[]): Promise<void> {
  const changes = async (...options: string[]) => {
    await aws.run("plan", "-out=plan", ...options, ...targets);
    return changesOf(await planned(module));
  };
  const locks = ["ingestion", "processed"]
    .map((zone) => `aws_s3_bucket_object_lock_configuration.zone["${zone}"]`);
  await aws.configure("object_lock_days = 1");
  assertEquals(await changes(), locks.map((lock) => `create ${lock}`));
  await module.run(["apply", "-no-color", "plan"], aws.environment);
  await Deno.writeTextFile(join(module.dir, "unlocked.tfvars"), "object_lock_days = null\n");
  const unlocked = await changes("-var-file=unlocked.tfvars");
  assertEquals(unlocked, locks.map((lock) => `delete ${lock}`));
}

/** As docs/cloud.md says. */
async function tearDown(aws: Cloud, moto: Moto, targets: readonly string[]): Promise<void> {
  const [files, ...buckets] = await bucketsOf(moto);
  assertEquals(files, "totesys-files-123456789012-eu-west-2");
  assertEquals(buckets, [
    "totesys-ingestion-123456789012-eu-west-2",
    "totesys-processed-123456789012-eu-west-2",
  ]);
  const arn = await makeAdministrator(moto, "admin");
  using admin = await takeRole(moto, arn);
  assertEquals(await admin.empty(files), 0, "people delete files as they like");
  const denied = await Promise.all(buckets.map(admin.empty));
  assert(denied.every((objects) => objects > 0), "an administrator can delete objects");
  await aws.configure(`break_glass_principal_arns = ["${arn}"]`);
  await aws.run("apply", "-auto-approve", ...targets);
  // It grants deletion and nothing else.
  assertEquals(await admin.overwrite(buckets[0], "new"), 403);
  assertEquals(await Promise.all(buckets.map(admin.empty)), [0, 0]);
  await aws.run("destroy", "-auto-approve");
}

type Cloud = ReturnType<typeof cloud>;

/** Terraform's commands against moto. */
function cloud(module: ModuleCopy, moto: Moto) {
  const environment = {
    AWS_ENDPOINT_URL: moto.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return {
    environment,
    /** Adds to the variables. */
    configure: (variables: string) =>
      Deno.writeTextFile(join(module.dir, "test.tfvars"), `${variables}\n`, { append: true }),
    run: (command: string, ...args: string[]) =>
      module.run([command, ...OPTIONS, ...args], environment),
    outputs: async (): Promise<Production & Record<string, unknown>> => {
      const outputs: Record<string, { value: unknown }> = JSON.parse(
        await module.run(["output", "-json"]),
      );
      const values = Object.entries(outputs).map(([name, { value }]) => [name, value]);
      return Object.fromEntries(values);
    },
  };
}

/** Outputs that the crons do not read. */
function unknownSettings(environment: object): string[] {
  const known = ["AWS_REGION", ...Object.keys(SETTINGS)];
  return Object.keys(environment).filter((name) => !known.includes(name));
}

interface Plan {
  readonly configuration: { readonly root_module: { readonly resources: readonly Resource[] } };
  readonly resource_changes: readonly Change[];
}

interface Resource {
  readonly address: string;
  readonly mode: string;
  readonly expressions?: unknown;
}

interface Change {
  readonly address: string;
  readonly change: { readonly actions: readonly string[] };
}

async function planned(module: ModuleCopy): Promise<Plan> {
  return JSON.parse(await module.run(["show", "-json", "plan"]));
}

function changesOf({ resource_changes }: Plan): string[] {
  return resource_changes
    .map(({ address, change: { actions } }) => `${actions.join(" and ")} ${address}`)
    .filter((change) => !/^(no-op|read) /.test(change));
}

/** `-target` for every resource that is not slow and needs none that is. */
async function quickOnes(module: ModuleCopy, run: Cloud["run"]): Promise<string[]> {
  await run("plan", "-out=plan");
  const { resources } = (await planned(module)).configuration.root_module;
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
  module: ModuleCopy,
  moto: Moto,
  made: Record<string, unknown>,
): Promise<void> {
  assertMatch(`${made.warehouse_host}:${made.warehouse_port}`, /\.rds\.amazonaws\.com:5432$/);
  const { password } = JSON.parse(await secretIn(moto, made.warehouse_admin_secret_arn as string));
  assert(password);
  const state = await Deno.readTextFile(join(module.dir, "terraform.tfstate"));
  assert(state.includes("warehouse_admin"));
  assert(!state.includes(JSON.stringify(password)), "the state knows the password");
}

async function bucketsOf(moto: Moto): Promise<string[]> {
  const text = await (await fetch(moto.url)).text();
  return [...text.matchAll(/<Name>([^<]+)<\/Name>/g)].map(([, name]) => name).sort();
}
