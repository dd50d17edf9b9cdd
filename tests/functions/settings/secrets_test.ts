import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withSecrets } from "../../../functions/settings/secrets.ts";
import { ConfigurationError, EtlError } from "../../../sdk/errors.ts";
import { s3Test } from "../../support/s3.ts";

const PASSWORD = "p@ss/w%rd?#";

/** Keeps a secret and returns its name. */
async function keep(secret: string): Promise<string> {
  const name = `totesys/${crypto.randomUUID()}`;
  const client = new SecretsManagerClient({});
  await client.send(new CreateSecretCommand({ Name: name, SecretString: secret }));
  client.destroy();
  return name;
}

async function resolve(reference: string): Promise<string | undefined> {
  const environment = await withSecrets(() => reference, ["SOURCE_URL"]);
  return environment("SOURCE_URL");
}

s3Test("an address that is no secret is left as it is", async () => {
  assertEquals(await resolve("postgres://a:b@c/d"), "postgres://a:b@c/d");
  assertEquals((await withSecrets(() => undefined, ["SOURCE_URL"]))("SOURCE_URL"), undefined);
});

s3Test("a secret that is a URL is the address", async () => {
  const url = "postgres://reader:hush@db.example.com:5432/totesys";
  assertEquals(await resolve(`secretsmanager://${await keep(url)}`), url);
});

s3Test("a secret as RDS keeps it becomes an address, whatever is in the password", async () => {
  const name = await keep(JSON.stringify({
    engine: "postgres",
    host: "x.eu-west-2.rds.amazonaws.com",
    username: "loader",
    password: PASSWORD,
    dbname: "ware house",
    port: 5433,
  }));
  const url = new URL((await resolve(`secretsmanager://${name}`))!);
  assertEquals(decodeURIComponent(url.password), PASSWORD);
  assertEquals([url.username, url.host, url.pathname], [
    "loader",
    "x.eu-west-2.rds.amazonaws.com:5433",
    "/ware%20house",
  ]);
});

s3Test(
  "a secret that RDS manages says user and password; the rest is in the reference",
  async () => {
    const name = await keep(JSON.stringify({ username: "loader", password: PASSWORD }));
    const error = await assertRejects(
      () => resolve(`secretsmanager://${name}`),
      ConfigurationError,
    );
    assertStringIncludes(error.message, "says no host, dbname");
    assert(!Deno.inspect(error).includes(PASSWORD));
    const url = new URL(
      (await resolve(`secretsmanager://${name}?host=db.local&dbname=warehouse`))!,
    );
    assertEquals([url.host, url.pathname], ["db.local:5432", "/warehouse"]);
  },
);

s3Test("what a reference says goes before what the secret says", async () => {
  const url = await keep("postgres://reader:hush@old.local:5432/totesys?application_name=etl");
  assertEquals(
    await resolve(`secretsmanager://${url}?host=new.local&port=6543&sslmode=require`),
    "postgres://reader:hush@new.local:6543/totesys?application_name=etl&sslmode=require",
  );
  const fields = JSON.stringify({ username: "a", password: "hush", host: "::1", dbname: "d" });
  const object = await keep(fields);
  assertEquals(await resolve(`secretsmanager://${object}`), "postgres://a:hush@[::1]:5432/d");
  const long = await resolve(`secretsmanager://${object}?host=2001:DB8:0::1`);
  assertEquals(new URL(long!).hostname, "[2001:db8::1]");
});

s3Test("a host or port that cannot be one is refused, not replaced", async () => {
  const fields = { username: "a", password: "hush", dbname: "d" };
  for (
    const wrong of [{ host: "a b" }, { host: "a/b" }, { host: "a", port: "54x" }, {
      host: "[a:b]",
    }]
  ) {
    const name = await keep(JSON.stringify({ ...fields, ...wrong }));
    const error = await assertRejects(
      () => resolve(`secretsmanager://${name}`),
      ConfigurationError,
      "makes no address",
    );
    assert(!Deno.inspect(error).includes("hush"));
  }
  await assertRejects(
    () => resolve("secretsmanager://name?hots=a"),
    ConfigurationError,
    "SOURCE_URL may say username,host",
  );
});

s3Test("a Secrets Manager that is out of reach may come back, and asks for nothing", async () => {
  const endpoint = Deno.env.get("AWS_ENDPOINT_URL")!;
  Deno.env.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  try {
    const error = await assertRejects(() => resolve("secretsmanager://totesys/source"), EtlError);
    assertEquals([error.retryable, error.next?.advice], [true, undefined]);
    assertStringIncludes(error.message, "SOURCE_URL: cannot read the secret totesys/source");
  } finally {
    Deno.env.set("AWS_ENDPOINT_URL", endpoint);
  }
});

s3Test("a password that was rotated is known the next time", async () => {
  const name = await keep("postgres://loader:old@db/warehouse");
  assertEquals(await resolve(`secretsmanager://${name}`), "postgres://loader:old@db/warehouse");
  const client = new SecretsManagerClient({});
  const SecretString = "postgres://loader:new@db/warehouse";
  await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
  client.destroy();
  assertEquals(await resolve(`secretsmanager://${name}`), SecretString);
});

s3Test(
  "a secret that is not there, or says nothing of use, is named without what it holds",
  async () => {
    const missing = await assertRejects(
      () => resolve("secretsmanager://no/such"),
      ConfigurationError,
    );
    assertStringIncludes(missing.message, "SOURCE_URL: cannot read the secret no/such");
    const text = await keep("hush, this is no address");
    const useless = await assertRejects(
      () => resolve(`secretsmanager://${text}`),
      ConfigurationError,
    );
    assert(!Deno.inspect(useless).includes("hush"));
    await assertRejects(() => resolve("secretsmanager://"), ConfigurationError, "names no secret");
  },
);

s3Test("a region that nobody has set is said with what to do", async () => {
  const region = Deno.env.get("AWS_REGION")!;
  Deno.env.delete("AWS_REGION");
  try {
    const reading = () => resolve("secretsmanager://totesys/source");
    const error = await assertRejects(reading, ConfigurationError, "cannot read the secret");
    assertEquals(error.next?.advice, "for the secret totesys/source: set AWS_REGION");
  } finally {
    Deno.env.set("AWS_REGION", region);
  }
});
