/**
 * Reports metrics to Amazon CloudWatch. The SDK is loaded when the first metric is sent.
 *
 * @module
 */
import { AWS_TIMEOUTS } from "../settings/aws_client.ts";

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
  return { client: new CloudWatchClient(AWS_TIMEOUTS), PutMetricDataCommand };
}
