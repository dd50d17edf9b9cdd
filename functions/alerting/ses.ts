/**
 * Sends mails through Amazon SES. The first mail loads the AWS SDK.
 *
 * @module
 */
import { AWS_TIMEOUTS } from "../settings/aws_client.ts";
import type { MailSettings } from "../settings/crons.ts";
import type { Mail } from "./mail.ts";

const CHARSET = "UTF-8";

/** Returns a function that sends a mail. It throws SES's error. */
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
  return { client: new SESClient(AWS_TIMEOUTS), SendEmailCommand };
}
