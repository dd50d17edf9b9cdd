/**
 * Sends metrics to Amazon CloudWatch. The first metric loads the AWS SDK.
 *
 * @module
 */
import { AWS_TIMEOUTS } from "../settings/aws_client.ts";

/** Returns a function that sends how many seconds the warehouse is behind. It throws CloudWatch's error. */
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
  return { client: new CloudWatchClient(AWS_TIMEOUTS), PutMetricDataCommand };
}
