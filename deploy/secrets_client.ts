/**
 * The secrets in AWS Secrets Manager: what they hold now, and what they shall hold.
 *
 * @module
 */
import { EtlError } from "../sdk/errors.ts";

const AWS_TIMEOUTS = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 5_000,
    requestTimeout: 15_000,
    throwOnRequestTimeout: true,
    socketTimeout: 15_000,
  },
};

/** Secrets by their names. */
export interface SecretsClient extends Disposable {
  /** What a secret holds: undefined when it is empty, or is not there. */
  read(name: string): Promise<string | undefined>;
  /** Makes it hold something else. */
  write(name: string, value: string): Promise<void>;
}

/** Opens the secrets of a region. */
export async function openVault(region: string): Promise<SecretsClient> {
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
        throw refusal("read", SecretId, error);
      }
    },
    write: async (SecretId, SecretString) => {
      try {
        await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
      } catch (error) {
        throw refusal("write", SecretId, error);
      }
    },
    [Symbol.dispose]: () => client.destroy(),
  };
}

/** Asks STS whether the credentials are somebody's. @throws whatever it says. */
export async function checkCredentials(region: string): Promise<void> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  const client = new STSClient({ region, ...AWS_TIMEOUTS, maxAttempts: 1 });
  try {
    await client.send(new GetCallerIdentityCommand({}));
  } finally {
    client.destroy();
  }
}

function refusal(verb: string, secret: string, cause: unknown): EtlError {
  const { name, message } = cause as Error;
  return new EtlError(`cannot ${verb} the secret ${secret}: ${name}: ${message}`, {
    stage: "secrets",
    next: `allow these credentials to ${verb} it, and try again`,
    cause,
  });
}
