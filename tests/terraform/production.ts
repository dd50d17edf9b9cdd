/** Runs the crons as on Deno Deploy, on what Terraform created. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Moto } from "../../dev/moto.ts";
import { payment, salesOrder } from "../../schemas/mod.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { type Crons, runCrons } from "../functions/crons/crons.ts";
import { testDatabase } from "../support/postgres.ts";
import { createSource, insert, insertOneOfEach } from "../support/source.ts";
import { createSecret, putFile, putSecret, query, takeRole } from "./account.ts";

/** The module's outputs that the app receives. */
export interface Production {
  readonly app_environment: Readonly<Record<string, string>>;
  readonly role_arn: string;
  readonly secret_names: Readonly<Record<"source" | "warehouse" | "dashboard_password", string>>;
}

const UNREACHABLE_URL = "postgres://nobody@127.0.0.1:1/gone";

/**
 * Runs the crons until the warehouse equals the source, then until an alert about their failure is
 * sent.
 */
export async function assertPipelineRuns(made: Production, moto: Moto): Promise<void> {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await createSource(source.sql);
  await insertOneOfEach(source.sql);
  await putSecret(moto, made.secret_names.source, source.url);
  await putSecret(moto, made.secret_names.warehouse, warehouse.url);
  await using app = await newApp(made, moto);

  const assertRuns = async (settings?: Readonly<Record<string, string>>) => {
    const crons = await app.run(settings);
    assertEquals([crons.code, problems(crons)], [0, []], crons.said);
  };
  await assertRuns();
  await insert(source.sql, payment, { payment_id: 2 });
  await insert(source.sql, salesOrder, { sales_order_id: 2 });
  await source.sql`DELETE FROM payment WHERE payment_id = 1`;
  await assertRuns();
  await assertRuns({ CRON_JOBS: "reconcile" });
  const { equal, tables } = await verify({ source: source.url, warehouse: warehouse.url });
  assert(equal, JSON.stringify(tables));
  const Namespace = made.app_environment.METRIC_NAMESPACE;
  const metrics = { Action: "ListMetrics", Version: "2010-08-01", Namespace };
  const reported = await query(moto, "monitoring", metrics, "MetricName");
  assertEquals([...new Set(reported)], ["FreshnessSeconds"]);

  const targets = "staff_id,month,currency_code,target\n1,2026-11,GBP,1250.00\n";
  await putFile(moto, made.app_environment.FILES_URL, "targets/2026-11.csv", targets);
  await assertRuns({ CRON_JOBS: "files" });
  const loaded = await warehouse.sql`SELECT target::text FROM fact_sales_target`;
  assertEquals(loaded.map(({ target }) => target), ["1250.00"]);

  await putSecret(moto, made.secret_names.source, UNREACHABLE_URL);
  const failed = await app.run({ CRON_JOBS: "extract" });
  assertEquals(failed.code, 1, failed.said);
  const quota = { Action: "GetSendQuota", Version: "2010-12-01" };
  const recipients = made.app_environment.ALERT_TO.split(",").length;
  const sent = await query(moto, "ses", quota, "SentLast24Hours");
  assertEquals(sent.map(Number), [recipients], failed.said);
}

/**
 * Only this app's production can assume the role, and the role can neither read a secret that is not the
 * app's nor change a file.
 */
export async function assertRoleIsClosed(made: Production, moto: Moto): Promise<void> {
  await using preview = await newApp(made, moto, "deployment:acme/totesys/preview");
  const refused = await preview.run({ CRON_JOBS: "load" });
  assertEquals([refused.code, problems(refused).length > 0], [1, true], refused.said);
  using role = await takeRole(moto, made.role_arn);
  await putSecret(moto, made.secret_names.dashboard_password, "for the dashboard");
  await createSecret(moto, "totesys/other", "for others");
  assertEquals(await role.secret(made.secret_names.dashboard_password), "for the dashboard");
  assertEquals(await role.secret("totesys/other"), "AccessDeniedException");
  const files = new URL(made.app_environment.FILES_URL).host;
  assertEquals(await role.overwrite(files, "targets/2026-11.csv"), 403);
}

interface App extends AsyncDisposable {
  run(settings?: Readonly<Record<string, string>>): Promise<Crons>;
}

/** The app: its only credential is a token that names its deployment. */
async function newApp(
  made: Production,
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
    // These belong to other tests.
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
  };
  return {
    run: (settings = {}) => runCrons({ ...made.app_environment, ...platform, ...settings }),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** Returns the errors in the log. */
function problems({ lines }: Crons): unknown[] {
  return lines.filter(({ level }) => level !== "info");
}
