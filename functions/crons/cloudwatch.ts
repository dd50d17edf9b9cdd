/**
 * What goes to AWS besides the lake: mails by SES, a metric to CloudWatch. Region, credentials and
 * endpoint are what the AWS SDK finds in the environment. Each part of it is loaded when it is used.
 *
 * @module
 */
import type { Mail } from "../alerting/mails.ts";
import type { MailSettings } from "../settings/crons.ts";

/** What is at the other end must not hold up a run. */
export const PATIENCE = {
  maxAttempts: 2,
  requestHandler: {
    connectionTimeout: 3_000,
    requestTimeout: 8_000,
    throwOnRequestTimeout: true,
    socketTimeout: 8_000,
  },
};
const CHARSET = "UTF-8";

/** Returns a function that sends a mail, or throws the error of SES. */
export function sesSender(
  { from, to }: Pick<MailSettings, "from" | "to">,
): (mail: Mail) => Promise<void> {
  let opened: ReturnType<typeof openSes> | undefined;
  return async ({ subject, text, html }) => {
    const { client, SendEmailCommand } = await (opened ??= openSes());
    const part = (Data: string) => ({ Data, Charset: CHARSET });
    await client.send(
      new SendEmailCommand({
        Source: from,
        Destination: { ToAddresses: [...to] },
        Message: { Subject: part(subject), Body: { Text: part(text), Html: part(html) } },
      }),
    );
  };
}

async function openSes() {
  const { SendEmailCommand, SESClient } = await import("@aws-sdk/client-ses");
  return { client: new SESClient(PATIENCE), SendEmailCommand };
}

/** Returns a function that reports how many seconds the warehouse is behind, or throws. */
export function freshnessReporter(namespace: string): (seconds: number) => Promise<void> {
  let opened: ReturnType<typeof openCloudWatch> | undefined;
  return async (seconds) => {
    const { client, PutMetricDataCommand } = await (opened ??= openCloudWatch());
    await client.send(
      new PutMetricDataCommand({
        Namespace: namespace,
        MetricData: [{ MetricName: "FreshnessSeconds", Value: seconds, Unit: "Seconds" }],
      }),
    );
  };
}

async function openCloudWatch() {
  const { CloudWatchClient, PutMetricDataCommand } = await import("@aws-sdk/client-cloudwatch");
  return { client: new CloudWatchClient(PATIENCE), PutMetricDataCommand };
}
