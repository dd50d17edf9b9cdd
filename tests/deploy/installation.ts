/**
 * An installation to deploy: a Terraform module without resources that has the outputs of the real one,
 * secrets in a simulation of AWS, a source and a warehouse in one Postgres that requires passwords, and an
 * HTTP server as production.
 *
 * @module
 */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { type Postgres, startPostgres } from "../../dev/postgres.ts";
import { sourceTables } from "../../schemas/source_tables.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import { hbaRules } from "../support/hba.ts";
import { S3_ENDPOINT } from "../support/s3.ts";
import { createSource } from "../support/source.ts";
import type { Memory } from "./stub_cli.ts";

/** The password of the master users of warehouse and source. */
export const ADMIN_PASSWORD = "correct/horse?battery";
/** The token of Deno Deploy. */
export const TOKEN = "ddo_thisIsNotForYourEyes";

/** The outcome of a deployment. */
export interface Output {
  readonly code: number;
  readonly text: string;
}

/** An installation to deploy. */
export interface Installation extends AsyncDisposable {
  /** The folder of the module. */
  readonly module: string;
  /** The environment that a deployment requires. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs `deno task deploy` to its end. An empty variable is not set. */
  deploy(
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
    otherModule?: string,
  ): Promise<Output>;
  /** Starts `deno task deploy` with its output piped. */
  start(args: readonly string[]): Promise<Deno.ChildProcess>;
  /** Returns the value of a secret. */
  secret(name: string): Promise<string | undefined>;
  /** Returns the recorded calls of `deno deploy`, and its app. */
  memory(): Promise<Memory>;
  readonly server: Postgres;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STUB = new URL("stub_cli.ts", import.meta.url).href;

/** Creates an installation that has never been deployed. */
export async function newInstallation(): Promise<Installation> {
  await using stack = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir({ prefix: "totesys-installation-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const server = stack.use(await startPostgres({ inMemory: true }));
  await prepareDatabases(server);
  const production = stack.use(
    Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      answerOfProduction,
    ),
  );
  const client = new SecretsManagerClient({ endpoint: S3_ENDPOINT });
  stack.defer(() => client.destroy());
  const name = `t-${crypto.randomUUID().slice(0, 8)}`;
  await prepareSecrets(client, name);
  const module = join(dir, "module");
  await Deno.mkdir(module);
  await Deno.writeTextFile(join(module, "main.tf"), moduleText(name, server.port));
  await Deno.writeTextFile(join(module, "terraform.tfvars"), TFVARS(name));
  const memory = join(dir, "memory.json");
  await Deno.writeTextFile(memory, JSON.stringify({ calls: [], app: null }));
  const environment = {
    PATH: Deno.env.get("PATH")!,
    HOME: Deno.env.get("HOME") ?? dir,
    ...inherited("DENO_DIR", "DENO_COVERAGE_DIR"),
    NO_COLOR: "1",
    AWS_ENDPOINT_URL: S3_ENDPOINT!,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
    DENO_DEPLOY_TOKEN: TOKEN,
    DENO_DEPLOY_CLI_SPECIFIER: STUB,
    STUB_DEPLOY: memory,
    STUB_PRODUCTION: `http://127.0.0.1:${(production.addr as Deno.NetAddr).port}`,
    SOURCE_ADMIN_URL: adminUrl(server, "totesys"),
  };
  const resources = stack.move();
  return {
    module,
    environment,
    server,
    deploy: (args, changes = {}, other = module) =>
      run([...args, "--terraform", other], { ...environment, ...changes }),
    start: async (args) =>
      (await command([...args, "--terraform", module], environment, "piped")).spawn(),
    secret: async (key) =>
      (await client.send(new GetSecretValueCommand({ SecretId: `${name}/${key}` }))).SecretString,
    memory: async () => JSON.parse(await Deno.readTextFile(memory)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Healthy, with a dashboard that asks for its password. */
function answerOfProduction(request: Request): Response {
  if (new URL(request.url).pathname === "/health") {
    return Response.json({ status: "fresh", fresh_as_of: new Date().toISOString() });
  }
  return request.headers.get("accept") === "text/html"
    ? new Response(null, { status: 302, headers: { location: "/login" } })
    : new Response(null, { status: 401 });
}

/** The variables that Deno itself reads. */
function inherited(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, Deno.env.get(name) ?? ""]));
}

/** Returns a database's URL with the user who can create roles there. */
export function adminUrl(server: Postgres, database: string): string {
  const url = new URL(server.url(database));
  url.username = "master";
  url.password = encodeURIComponent(ADMIN_PASSWORD);
  return url.href;
}

async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Output> {
  return outputOf(await (await command(args, environment)).output());
}

/** Returns the output of a process as text. */
export function outputOf({ code, stdout, stderr }: Deno.CommandOutput): Output {
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, text: decode(stdout) + decode(stderr) };
}

async function command(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  output?: "piped",
): Promise<Deno.Command> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const [_deno, ...words] = (tasks.deploy.command as string).split(" ");
  return new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    cwd: ROOT,
    env: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== "")),
    clearEnv: true,
    stdin: "null",
    stdout: output,
    stderr: output,
  });
}

/** Makes the server require a password from every role except its owner, which the tests use. */
async function prepareDatabases(server: Postgres): Promise<void> {
  const source = postgres(await server.createDatabase("totesys"), { max: 1 });
  const warehouse = postgres(await server.createDatabase("warehouse"), { max: 1 });
  try {
    await createSource(source);
    // The privileges of the master user of RDS, which is not a superuser.
    await source.unsafe(`CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD '${ADMIN_PASSWORD}';
      ALTER DATABASE totesys OWNER TO master; ALTER DATABASE warehouse OWNER TO master`);
    for (const { name } of sourceTables) {
      await source.unsafe(`ALTER TABLE ${identifier(name)} OWNER TO master`);
    }
    for (const sql of [source, warehouse]) await sql`ALTER SCHEMA public OWNER TO master`;
    await hbaRules(source, [
      "host all postgres 127.0.0.1/32 trust",
      "host all all 127.0.0.1/32 scram-sha-256",
    ]);
  } finally {
    await source.end();
    await warehouse.end();
  }
}

/** Creates the secrets as Terraform and RDS do: only the master user's has a value. */
async function prepareSecrets(client: SecretsManagerClient, name: string): Promise<void> {
  for (const key of ["source", "warehouse", "dashboard", "dashboard_password"]) {
    await client.send(new CreateSecretCommand({ Name: `${name}/${key}` }));
  }
  const SecretString = JSON.stringify({ username: "master", password: ADMIN_PASSWORD });
  await client.send(new CreateSecretCommand({ Name: `${name}/master`, SecretString }));
}

const TFVARS = (name: string) =>
  `name     = "${name}"
region   = "eu-west-2"
deno_org = "acme"
deno_app = "totesys"
`;

const moduleText = (name: string, port: number) => `
variable "name" { type = string }
variable "region" { type = string }
variable "deno_org" { type = string }
variable "deno_app" { type = string }
variable "dashboard" {
  type    = bool
  default = true
}
output "region" { value = var.region }
output "role_arn" { value = "arn:aws:iam::123456789012:role/${name}-pipeline" }
output "warehouse_host" { value = "127.0.0.1" }
output "warehouse_port" { value = ${port} }
output "warehouse_database" { value = "warehouse" }
output "warehouse_admin_secret_arn" { value = "${name}/master" }
output "app_environment" {
  value = {
    AWS_REGION    = var.region
    SOURCE_URL    = "secretsmanager://${name}/source"
    WAREHOUSE_URL = "secretsmanager://${name}/warehouse"
    INGESTION_URL = "s3://${name}-ingestion"
    PROCESSED_URL = "s3://${name}-processed"
    DASHBOARD_PASSWORD = var.dashboard ? "secretsmanager://${name}/dashboard_password" : "off"
  }
}
output "secret_names" {
  value = merge(
    { for key in ["source", "warehouse", "dashboard"] : key => "${name}/\${key}" },
    var.dashboard ? { dashboard_password = "${name}/dashboard_password" } : {},
  )
}
`;
