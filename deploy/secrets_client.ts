/**
 * Reads and writes secrets in AWS Secrets Manager.
 *
 * @module
 */
import { AWS_TIMEOUTS } from "../functions/settings/aws_client.ts";
import { EtlError } from "../sdk/errors.ts";

/** A client for secrets. */
export interface SecretsClient extends Disposable {
  /** Returns a secret's value, or undefined when it is empty or missing. */
  read(name: string): Promise<string | undefined>;
  /** Changes a secret's value. */
  write(name: string, value: string): Promise<void>;
}

/** Opens a client for the secrets of a region. */
export async function openSecretsClient(region: string): Promise<SecretsClient> {
  const { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } = await import(
    "@aws-sdk/client-secrets-manager"
  );
  const client = new SecretsManagerClient({ region, ...AWS_TIMEOUTS });
  return {
    read: async (SecretId) => {
      try {
        return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw secretError("read", SecretId, error);
      }
    },
    write: async (SecretId, SecretString) => {
      try {
        await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
      } catch (error) {
        throw secretError("write", SecretId, error);
      }
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** Checks the AWS credentials. @throws the error of STS. */
export async function checkCredentials(region: string): Promise<void> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  const client = new STSClient({ region, ...AWS_TIMEOUTS, maxAttempts: 1 });
  try {
    await client.send(new GetCallerIdentityCommand({}));
  } finally {
    client.destroy();
  }
}

function secretError(verb: string, secret: string, cause: unknown): EtlError {
  const { name, message } = cause as Error;
  return new EtlError(`cannot ${verb} the secret ${secret}: ${name}: ${message}`, {
    stage: "secrets",
    next: `allow these credentials to ${verb} it, then deploy again`,
    cause,
  });
}
