/**
 * Limits on calls to AWS, shared by every client. Region, credentials and endpoint come from the
 * environment, as the AWS SDK reads it.
 *
 * @module
 */

/** A slow AWS service must not hold up a run: two attempts of at most 8 seconds each. */
export const AWS_TIMEOUTS = {
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: 3_000,
    requestTimeout: 8_000,
    throwOnRequestTimeout: true,
    socketTimeout: 8_000,
  },
};
