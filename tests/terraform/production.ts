/** The crons as Deno Deploy runs them, on what Terraform has made. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Moto } from "../../dev/moto.ts";
import { payment, salesOrder } from "../../schemas/mod.ts";
import { verify } from "../../sdk/operate/verify.ts";
import { type Crons, runCrons } from "../functions/crons.ts";
import { testDatabase } from "../support/postgres.ts";
import { createSource, insert, insertOneOfEach } from "../support/source.ts";
import { kept, putSecret } from "./account.ts";

/** The module's outputs, as far as the app is given them. */
export interface Made {
  readonly app_environment: Readonly<Record<string, string>>;
  readonly role_arn: string;
  readonly secret_names: Readonly<Record<"source" | "warehouse" | "dashboard", string>>;
  readonly metric_namespace: string;
  readonly alert_sender: string;
  readonly alert_recipients: readonly string[];
}

const NOBODY = "postgres://nobody@127.0.0.1:1/gone";

/** Runs the crons until the warehouse is what the source is, then until somebody is told that they fail. */
export async function assertPipelineRuns(made: Made, moto: Moto): Promise<void> {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await createSource(source.sql);
  await insertOneOfEach(source.sql);
  await putSecret(moto, made.secret_names.source, source.url);
  await putSecret(moto, made.secret_names.warehouse, warehouse.url);
  await using app = await newApp(made, moto);

  const first = await app.run();
  assertEquals([first.code, troubles(first)], [0, []], first.said);
  await insert(source.sql, payment, { payment_id: 2 });
  await insert(source.sql, salesOrder, { sales_order_id: 2 });
  await source.sql`DELETE FROM payment WHERE payment_id = 1`;
  const second = await app.run({ CRON_TICKS: "2" });
  assertEquals([second.code, troubles(second)], [0, []], second.said);
  const { equal, tables } = await verify({ source: source.url, warehouse: warehouse.url });
  assert(equal, JSON.stringify(tables));
  const { MetricDatum } = await kept(moto, "cloudwatch");
  assertEquals(
    new Set(MetricDatum.map(({ namespace, name }: Metric) => `${namespace} ${name}`)),
    new Set([`${made.metric_namespace} FreshnessSeconds`]),
  );

  await putSecret(moto, made.secret_names.source, NOBODY);
  const failed = await app.run({ CRON_JOBS: "extract" });
  assertEquals(failed.code, 1, failed.said);
  const { Message } = await kept(moto, "ses");
  assertEquals(
    Message.map(({ source, destinations }: Mail) => [source, destinations.ToAddresses]),
    [[made.alert_sender, made.alert_recipients]],
    failed.said,
  );
}

/** Only this app, and of it production, may take the role; and the role reads no dashboard's URL. */
export async function assertRoleIsClosed(made: Made, moto: Moto): Promise<void> {
  await using preview = await newApp(made, moto, "deployment:acme/totesys/preview");
  const refused = await preview.run({ CRON_JOBS: "load" });
  assertEquals([refused.code, troubles(refused).length > 0], [1, true], refused.said);
  await using app = await newApp(made, moto);
  const WAREHOUSE_URL = `secretsmanager://${made.secret_names.dashboard}`;
  const curious = await app.run({ CRON_JOBS: "load", WAREHOUSE_URL });
  assertEquals(curious.code, 1);
  assert(curious.said.includes("AccessDeniedException"), curious.said);
}

interface Metric {
  readonly namespace: string;
  readonly name: string;
}

interface Mail {
  readonly source: string;
  readonly destinations: { readonly ToAddresses: readonly string[] };
}

interface App extends AsyncDisposable {
  run(settings?: Readonly<Record<string, string>>): Promise<Crons>;
}

/** The app, whose only credential is a token that says which deployment it is. */
async function newApp(
  made: Made,
  moto: Moto,
  sub = "deployment:acme/totesys/production",
): Promise<App> {
  const dir = await Deno.makeTempDir({ prefix: "totesys-token-" });
  const token = join(dir, "token");
  const claims = { iss: "https://oidc.deno.com", aud: "sts.amazonaws.com", sub };
  await Deno.writeTextFile(token, `header.${btoa(JSON.stringify(claims))}.signature`);
  const platform = {
    AWS_ENDPOINT_URL: moto.url,
    AWS_ROLE_ARN: made.role_arn,
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
    // Those of other tests.
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
  };
  return {
    run: (settings = {}) => runCrons({ ...made.app_environment, ...platform, ...settings }),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** What the log says is wrong. */
function troubles({ lines }: Crons): unknown[] {
  return lines.filter(({ level }) => level !== "info");
}
