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

/** Creates a secret and returns its name. */
async function createSecret(secret: string): Promise<string> {
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

s3Test("withSecrets() keeps a URL that is not a reference to a secret", async () => {
  assertEquals(await resolve("postgres://a:b@c/d"), "postgres://a:b@c/d");
  assertEquals((await withSecrets(() => undefined, ["SOURCE_URL"]))("SOURCE_URL"), undefined);
});

s3Test("withSecrets() returns the URL that a secret holds", async () => {
  const url = "postgres://reader:hush@db.example.com:5432/totesys";
  assertEquals(await resolve(`secretsmanager://${await createSecret(url)}`), url);
});

s3Test(
  "withSecrets() builds a URL from RDS's JSON, with any characters in the password",
  async () => {
    const name = await createSecret(JSON.stringify({
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
  },
);

s3Test(
  "parameters of the reference add the host and database that a secret of RDS does not have",
  async () => {
    const name = await createSecret(JSON.stringify({ username: "loader", password: PASSWORD }));
    const error = await assertRejects(
      () => resolve(`secretsmanager://${name}`),
      ConfigurationError,
    );
    assertStringIncludes(error.message, "has no host, dbname");
    assert(!Deno.inspect(error).includes(PASSWORD));
    const url = new URL(
      (await resolve(`secretsmanager://${name}?host=db.local&dbname=warehouse`))!,
    );
    assertEquals([url.host, url.pathname], ["db.local:5432", "/warehouse"]);
  },
);

s3Test("parameters of the reference override the secret", async () => {
  const url = await createSecret(
    "postgres://reader:hush@old.local:5432/totesys?application_name=etl",
  );
  assertEquals(
    await resolve(`secretsmanager://${url}?host=new.local&port=6543&sslmode=require`),
    "postgres://reader:hush@new.local:6543/totesys?application_name=etl&sslmode=require",
  );
  const fields = JSON.stringify({ username: "a", password: "hush", host: "::1", dbname: "d" });
  const object = await createSecret(fields);
  assertEquals(await resolve(`secretsmanager://${object}`), "postgres://a:hush@[::1]:5432/d");
  const long = await resolve(`secretsmanager://${object}?host=2001:DB8:0::1`);
  assertEquals(new URL(long!).hostname, "[2001:db8::1]");
});

s3Test("an invalid host or port is an error, not a different URL", async () => {
  const fields = { username: "a", password: "hush", dbname: "d" };
  for (
    const wrong of [{ host: "a b" }, { host: "a/b" }, { host: "a", port: "54x" }, {
      host: "[a:b]",
    }]
  ) {
    const name = await createSecret(JSON.stringify({ ...fields, ...wrong }));
    const error = await assertRejects(
      () => resolve(`secretsmanager://${name}`),
      ConfigurationError,
      "does not give a valid URL",
    );
    assert(!Deno.inspect(error).includes("hush"));
  }
  await assertRejects(
    () => resolve("secretsmanager://name?hots=a"),
    ConfigurationError,
    "known are username, host",
  );
});

s3Test("an unreachable Secrets Manager is a retryable error without advice", async () => {
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

s3Test("a rotated password is read by the next call", async () => {
  const name = await createSecret("postgres://loader:old@db/warehouse");
  assertEquals(await resolve(`secretsmanager://${name}`), "postgres://loader:old@db/warehouse");
  const client = new SecretsManagerClient({});
  const SecretString = "postgres://loader:new@db/warehouse";
  await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
  client.destroy();
  assertEquals(await resolve(`secretsmanager://${name}`), SecretString);
});

s3Test(
  "the error about a missing or unusable secret names it and does not quote it",
  async () => {
    const missing = await assertRejects(
      () => resolve("secretsmanager://no/such"),
      ConfigurationError,
    );
    assertStringIncludes(missing.message, "SOURCE_URL: cannot read the secret no/such");
    const text = await createSecret("hush, this is not a URL");
    const useless = await assertRejects(
      () => resolve(`secretsmanager://${text}`),
      ConfigurationError,
    );
    assert(!Deno.inspect(useless).includes("hush"));
    await assertRejects(() => resolve("secretsmanager://"), ConfigurationError, "names no secret");
  },
);

s3Test("a missing AWS_REGION is reported with its remedy", async () => {
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
