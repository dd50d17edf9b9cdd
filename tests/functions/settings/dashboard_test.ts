import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { settingsProblem } from "../../../deploy/settings.ts";
import { CachedSecret } from "../../../functions/settings/cached_secret.ts";
import { readCronSettings } from "../../../functions/settings/crons.ts";
import { SETTINGS } from "../../../functions/settings/table.ts";
import { ConfigurationError, EtlError } from "../../../sdk/errors.ts";
import { s3Test } from "../../support/s3.ts";

const PIPELINE: Readonly<Record<string, string>> = {
  SOURCE_URL: "postgres://reader:secret@127.0.0.1/totesys",
  WAREHOUSE_URL: "postgres://loader:secret@127.0.0.1/warehouse",
  INGESTION_URL: "file:///lake/ingestion",
  PROCESSED_URL: "file:///lake/processed",
};
const DASHBOARD_WAREHOUSE_URL = "postgres://dashboard:secret@127.0.0.1/warehouse";
const PASSWORD = "correct horse battery";

function read(settings: Readonly<Record<string, string>>) {
  const all = { ...PIPELINE, ...settings };
  return readCronSettings((name) => Object.hasOwn(all, name) ? all[name] : undefined);
}

Deno.test("the dashboard is off unless a password or a proxy's header is set", async () => {
  assertEquals(read({}).dashboard, null);
  assertEquals(read({ DASHBOARD_PASSWORD: "", DASHBOARD_WAREHOUSE_URL }).dashboard, null);
  assertEquals(read({ DASHBOARD_PASSWORD: "off", DASHBOARD_PROXY_HEADER: "OFF" }).dashboard, null);
  const { dashboard } = read({
    DASHBOARD_PASSWORD: PASSWORD,
    DASHBOARD_WAREHOUSE_URL,
    DASHBOARD_URL: "https://totesys.example.com/",
  });
  assertEquals(await dashboard!.password!.get(), PASSWORD);
  assertEquals(await dashboard!.warehouse.get(), DASHBOARD_WAREHOUSE_URL);
  assertEquals([dashboard!.proxyHeader, dashboard!.url], [null, "https://totesys.example.com"]);
  const proxied = read({ DASHBOARD_PROXY_HEADER: "X-Forwarded-Email", DASHBOARD_WAREHOUSE_URL });
  const { password, proxyHeader, proxies } = proxied.dashboard!;
  assertEquals([password, proxyHeader, proxies], [null, "x-forwarded-email", ["127.0.0.1", "::1"]]);
});

Deno.test("a dashboard without a warehouse of its own is refused, also one with the loader's", () => {
  const error = assertThrows(() => read({ DASHBOARD_PASSWORD: PASSWORD }), ConfigurationError);
  assertStringIncludes(
    error.message,
    "DASHBOARD_WAREHOUSE_URL is not set, but the dashboard is on",
  );
  const same = { DASHBOARD_PASSWORD: PASSWORD, DASHBOARD_WAREHOUSE_URL: PIPELINE.WAREHOUSE_URL };
  const { message } = assertThrows(() => read(same), ConfigurationError);
  assertStringIncludes(message, "the dashboard needs a role that can only read");
});

Deno.test("unsafe values of the dashboard's settings are refused, and never shown", () => {
  const refused: Readonly<Record<string, readonly string[]>> = {
    DASHBOARD_PASSWORD: ["hunter2", "elevenchars"],
    DASHBOARD_PROXY_HEADER: [
      "Cookie",
      "host",
      "X-Forwarded-For",
      "accept",
      "sec-fetch-site",
      "a b",
    ],
    DASHBOARD_PROXIES: ["localhost", "0.0.0.0/0", "::/0", "10.0.0.0/33", "1.2.3.4/", ",", "1.2.3"],
    DASHBOARD_URL: [
      "totesys.example.com",
      "https://a:b@c.example",
      "https://c.example/x",
      "ftp://x",
    ],
  };
  for (const [name, texts] of Object.entries(refused)) {
    for (const text of texts) {
      const { parse } = SETTINGS[name as keyof typeof SETTINGS];
      const { message } = assertThrows(() => parse(text), ConfigurationError, undefined, text);
      assertEquals(message.includes(text) && text.length > 3, false, message);
    }
  }
  assertEquals(SETTINGS.DASHBOARD_PROXIES.parse("10.0.0.0/8, ::1"), ["10.0.0.0/8", "::1"]);
});

Deno.test("a deployment with a proxy's header needs the proxy's addresses", () => {
  const problem = (settings: Record<string, string>) => settingsProblem((name) => settings[name]);
  assertStringIncludes(
    problem({ DASHBOARD_PROXY_HEADER: "X-Forwarded-Email" })!,
    "DASHBOARD_PROXIES is not set",
  );
  assertEquals(problem({ DASHBOARD_PROXY_HEADER: "off" }), null);
  const proxied = { DASHBOARD_PROXY_HEADER: "X-User", DASHBOARD_PROXIES: "198.51.100.7" };
  assertEquals(problem(proxied), null);
});

s3Test("the dashboard's password is the whole text of its secret", async () => {
  const client = new SecretsManagerClient({});
  const Name = `totesys/${crypto.randomUUID()}`;
  await client.send(new CreateSecretCommand({ Name, SecretString: PASSWORD }));
  const { dashboard } = read({
    DASHBOARD_PASSWORD: `secretsmanager://${Name}`,
    DASHBOARD_WAREHOUSE_URL,
  });
  assertEquals(await dashboard!.password!.get(), PASSWORD);
  await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString: "short" }));
  client.destroy();
  const weak = read({ DASHBOARD_PASSWORD: `secretsmanager://${Name}`, DASHBOARD_WAREHOUSE_URL });
  const error = await assertRejects(() => weak.dashboard!.password!.get(), ConfigurationError);
  assertStringIncludes(error.message, "DASHBOARD_PASSWORD is shorter than 12 characters");
  const query = { DASHBOARD_PASSWORD: `secretsmanager://${Name}?host=x`, DASHBOARD_WAREHOUSE_URL };
  assertStringIncludes(
    assertThrows(() => read(query), ConfigurationError).message,
    "DASHBOARD_PASSWORD has an unknown parameter",
  );
});

/** A secret whose value counts how often it was fetched. */
function countingSecret() {
  const state = { fetched: 0, now: 0, error: null as Error | null };
  const secret = new CachedSecret(() => {
    state.fetched++;
    return state.error ? Promise.reject(state.error) : Promise.resolve(`value ${state.fetched}`);
  }, () => state.now);
  return { secret, state };
}

Deno.test("CachedSecret fetches once a minute, however many ask", async () => {
  const { secret, state } = countingSecret();
  const values = await Promise.all(Array.from({ length: 9 }, () => secret.get()));
  assertEquals([...new Set(values)], ["value 1"]);
  state.now = 59_999;
  assertEquals(await secret.get(), "value 1");
  state.now = 60_000;
  assertEquals(await secret.get(), "value 2");
});

Deno.test("CachedSecret.renew() fetches a refused value again, once for all that were refused", async () => {
  const { secret, state } = countingSecret();
  assertEquals(await secret.get(), "value 1");
  state.now = 2_000;
  assertEquals(await Promise.all([secret.renew(), secret.renew()]), ["value 2", "value 2"]);
  state.now = 2_900;
  assertEquals(await secret.renew(), "value 2", "not more than once a second");
  assertEquals(state.fetched, 2);
});

Deno.test("CachedSecret keeps its value while the service is down, and reports what is wrong", async () => {
  const { secret, state } = countingSecret();
  await secret.get();
  state.now = 60_000;
  state.error = new EtlError("the service is down", { retryable: true });
  assertEquals(await secret.get(), "value 1");
  state.now = 120_000;
  state.error = new ConfigurationError("access denied");
  await assertRejects(() => secret.get(), ConfigurationError, "access denied");
  state.error = null;
  assertEquals(await secret.get(), "value 4", "the next call fetches it again");
});
