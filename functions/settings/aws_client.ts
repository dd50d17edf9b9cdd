/**
 * Limits on calls to AWS, shared by every client. The AWS SDK reads region, credentials and endpoint from
 * the environment.
 *
 * @module
 */

/** Two attempts of at most 8 seconds each, so that a slow AWS service does not hold up a run. */
export const AWS_TIMEOUTS = {
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: 3_000,
    requestTimeout: 8_000,
    throwOnRequestTimeout: true,
    socketTimeout: 8_000,
  },
};
