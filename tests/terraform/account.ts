/** What people and programs other than Terraform do in the emulated AWS account. */
import { assert, assertEquals } from "@std/assert";
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Moto } from "../../dev/moto.ts";

const REGION = "eu-west-2";
const OWNER = { accessKeyId: "test", secretAccessKey: "test" };

/** An access key. */
interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The endpoint, region and credentials of an AWS client. */
function as(credentials: Keys, { url }: Moto) {
  return { region: REGION, endpoint: url, credentials, maxAttempts: 1 };
}

/**
 * Sends a request in AWS's query protocol, which needs no client. Returns the texts of the
 * response's elements with that name.
 */
export async function query(
  { url }: Moto,
  service: string,
  parameters: Readonly<Record<string, string>>,
  element: string,
): Promise<string[]> {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request`,
    },
    body: new URLSearchParams(parameters),
  });
  const text = await answer.text();
  assert(answer.ok, text);
  return [...text.matchAll(new RegExp(`<${element}>([^<]+)<`, "g"))].map(([, found]) => found);
}

/** Writes a secret, as the deploy task does. */
export async function putSecret(moto: Moto, name: string, SecretString: string): Promise<void> {
  const client = new SecretsManagerClient(as(OWNER, moto));
  await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
  client.destroy();
}

/** Drops a file into the folder that the pipeline loads files from, as a person does. */
export async function putFile(moto: Moto, url: string, Key: string, Body: string): Promise<void> {
  const client = new S3Client({ ...as(OWNER, moto), forcePathStyle: true });
  await client.send(new PutObjectCommand({ Bucket: new URL(url).host, Key, Body }));
  client.destroy();
}

/** Returns a secret's value. */
export async function secretIn(moto: Moto, name: string): Promise<string> {
  const client = new SecretsManagerClient(as(OWNER, moto));
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
  client.destroy();
  return SecretString!;
}

/**
 * Creates a role that is allowed everything, as far as bucket policies permit. Returns its ARN, as
 * `aws iam get-role --role-name NAME --query Role.Arn` prints it.
 */
export async function makeAdministrator(moto: Moto, name: string): Promise<string> {
  const document = (statement: Record<string, unknown>) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const iam = (Action: string, parameters: Readonly<Record<string, string>> = {}) =>
    query(moto, "iam", { Action, RoleName: name, ...parameters }, "Arn");
  await iam("CreateRole", {
    AssumeRolePolicyDocument: document({ Principal: { AWS: "*" }, Action: "sts:AssumeRole" }),
  });
  await iam("PutRolePolicy", {
    PolicyName: "everything",
    PolicyDocument: document({ Action: "*", Resource: "*" }),
  });
  const [arn] = await iam("GetRole");
  return arn;
}

/** Creates a secret with a value. */
export async function createSecret(moto: Moto, Name: string, SecretString: string): Promise<void> {
  const client = new SecretsManagerClient(as(OWNER, moto));
  await client.send(new CreateSecretCommand({ Name, SecretString }));
  client.destroy();
}

/** The account as seen by a role's session. */
export interface RoleAccess extends Disposable {
  /** Reads a secret. Returns its value, or the name of the error. */
  secret(name: string): Promise<string | undefined>;
  /** Puts an object without a condition. Returns the response's status. */
  overwrite(bucket: string, key: string): Promise<number | undefined>;
  /** Deletes every version of every object. Returns how many deletes were refused. */
  empty(bucket: string): Promise<number>;
}

/** Assumes a role. */
export async function takeRole(moto: Moto, RoleArn: string): Promise<RoleAccess> {
  const sts = new STSClient(as(OWNER, moto));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }),
  );
  sts.destroy();
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  const keys = {
    accessKeyId: AccessKeyId!,
    secretAccessKey: SecretAccessKey!,
    sessionToken: SessionToken,
  };
  const client = new S3Client({ ...as(keys, moto), forcePathStyle: true });
  const secrets = new SecretsManagerClient(as(keys, moto));
  return {
    secret: async (SecretId) => {
      const read = secrets.send(new GetSecretValueCommand({ SecretId }));
      return await read.then(({ SecretString }) => SecretString, ({ name }) => name);
    },
    overwrite: async (Bucket, Key) => {
      const put = new PutObjectCommand({ Bucket, Key, Body: new Uint8Array() });
      const { $metadata } = await client.send(put).catch((error) => error);
      return $metadata.httpStatusCode;
    },
    empty: async (Bucket) => {
      const { Versions = [], DeleteMarkers = [], IsTruncated } = await client.send(
        new ListObjectVersionsCommand({ Bucket }),
      );
      assertEquals(IsTruncated, false);
      const Objects = [...Versions, ...DeleteMarkers]
        .map(({ Key, VersionId }) => ({ Key, VersionId }));
      assert(Objects.length > 0, `${Bucket} is empty already`);
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects }, BypassGovernanceRetention: true }),
      );
      return Errors.length;
    },
    [Symbol.dispose]: () => {
      client.destroy();
      secrets.destroy();
    },
  };
}
