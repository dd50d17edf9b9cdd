/**
 * The servers, databases and lakes of a benchmark.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { thousands } from "../../functions/format.ts";
import { connect } from "../../sdk/postgres/connection.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import { type Distance, openDistance } from "../distance.ts";
import { CommandMeter } from "../measure/measured_command.ts";
import { MOTO_MISSING, startMoto } from "../moto.ts";
import { openSandbox, type Sandbox } from "../sandbox.ts";
import { type Environment, runEtl, workIn } from "./child.ts";
import type { BenchOptions } from "./options.ts";
import { buildSmallSource, Changes, insertRows, orders, type Subject, wide } from "./subject.ts";

/** One pipeline: a source, a warehouse and a lake. */
export interface Pipeline {
  /** Its settings as the pipeline sees them: at a distance, if there is one. */
  readonly far: Environment;
  /** Its settings without the distance. */
  readonly near: Environment;
}

/** What every scenario needs. */
export interface Bench {
  readonly options: BenchOptions;
  readonly subject: Subject;
  readonly changes: Changes;
  readonly meter: CommandMeter;
  /** The distance to every server; undefined when there is none. */
  readonly distance?: Distance;
  /** Variables for a program that uses S3; empty for a lake in files. */
  readonly s3: Environment;
  /** The sandbox that holds everything. */
  readonly sandbox: Sandbox;
  /** Reports what is being measured. */
  readonly report: (what: string) => void;
}

/** Starts the servers and fills the source. */
export async function openBench(
  options: BenchOptions,
  stack: AsyncDisposableStack,
): Promise<Bench> {
  const report = (what: string) => console.error(`${what}…`);
  report("starting Postgres");
  // Durable, because a real database is.
  const sandbox = stack.use(await openSandbox({ durable: true }));
  const meter = stack.use(new CommandMeter());
  const distance = options.distance_ms > 0
    ? stack.use(openDistance({ delay_ms: options.distance_ms }))
    : undefined;
  const s3 = options.s3 ? await startS3(stack) : {};
  const subject = options.wide ? wide : orders;
  const changes = new Changes(subject, options.rows);
  const bench = { options, subject, changes, meter, distance, s3, sandbox, report };
  const { SOURCE_URL } = sandbox.environment;
  await buildSmallSource(SOURCE_URL);
  await warmUp(bench);
  report(`building ${thousands(options.rows)} ${subject.what}`);
  await insertRows(SOURCE_URL, subject, options.rows);
  return bench;
}

/** Runs the pipeline once, so that Deno has its modules compiled before anything is measured. */
async function warmUp(bench: Bench): Promise<void> {
  const { near } = await newPipeline(bench, "warm_up");
  await workIn(bench, near, "run");
  await runEtl(bench, near, "run", "--quiet");
  await dropPipeline(bench, "warm_up");
}

const BUCKET = "bench";

async function startS3(stack: AsyncDisposableStack): Promise<Environment> {
  const moto = await startMoto();
  if (!moto) throw new Error(MOTO_MISSING);
  stack.use(moto);
  const created = await fetch(`${moto.url}/${BUCKET}`, { method: "PUT" });
  await created.body?.cancel();
  const s3 = {
    AWS_ENDPOINT_URL: moto.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  // The floors read the lake from this process.
  for (const [name, value] of Object.entries(s3)) Deno.env.set(name, value);
  return s3;
}

/** Makes an empty warehouse and an empty lake for the source. */
export async function newPipeline(bench: Bench, name: string): Promise<Pipeline> {
  const { sandbox, distance, s3 } = bench;
  const zone = (zone: string) =>
    bench.options.s3
      ? `s3://${BUCKET}/${name}/${zone}`
      : pathToFileURL(join(sandbox.lake, name, zone)).href;
  const near = {
    SOURCE_URL: sandbox.environment.SOURCE_URL,
    WAREHOUSE_URL: await sandbox.postgres.createDatabase(name),
    INGESTION_URL: zone("ingestion"),
    PROCESSED_URL: zone("processed"),
    ...s3,
  };
  return { near, far: distance ? await atDistance(near, distance) : near };
}

/** Returns settings with a proxy in front of every server. */
async function atDistance(near: Environment, distance: Distance): Promise<Environment> {
  const far: Record<string, string> = { ...near };
  for (const name of ["SOURCE_URL", "WAREHOUSE_URL", "AWS_ENDPOINT_URL"]) {
    if (near[name] !== undefined) far[name] = (await distance.to(near[name])).replace(/\/$/, "");
  }
  return far;
}

/** Drops the warehouse and the lake of a pipeline, to have their space back. */
export async function dropPipeline({ sandbox, options }: Bench, name: string): Promise<void> {
  await onServer(sandbox, `DROP DATABASE ${identifier(name)} WITH (FORCE)`);
  if (!options.s3) await Deno.remove(join(sandbox.lake, name), { recursive: true });
}

/** Writes what is in memory to disk, so that no measurement pays for the one before it. */
export function settle({ sandbox }: Bench): Promise<void> {
  return onServer(sandbox, "CHECKPOINT");
}

async function onServer({ postgres }: Sandbox, statement: string): Promise<void> {
  await using server = connect(postgres.url("postgres"));
  await server.query(statement);
}
