/**
 * Sends the mails about incidents, with the lag of the last 24 hours in those that are about it.
 *
 * @module
 */
import { readFreshness } from "../../sdk/operate/freshness.ts";
import type { Mailer } from "../alerting/incident_log.ts";
import { type LagChart, lagChart } from "../alerting/lag_chart.ts";
import { renderMail, showsLag } from "../alerting/mail.ts";
import { sesSender } from "../alerting/ses.ts";
import { readLag } from "../dashboard/data/operations/lag.ts";
import { openWarehouse } from "../dashboard/data/warehouse.ts";
import type { CronSettings, MailSettings } from "../settings/crons.ts";
import { withTimeout } from "../with_timeout.ts";

/** A mail does not wait for a warehouse that hangs. */
const TIMEOUT_MS = 5_000;

/** Returns a function that sends the mail of an incident's entry. */
export function alertMailer(settings: CronSettings, mail: MailSettings): Mailer {
  const send = sesSender(mail);
  const { cooldown_ms } = mail;
  return async (entry) => {
    const chart = showsLag(entry) ? await chartOrNull(settings) : null;
    await send(renderMail(entry, { cooldown_ms, chart, dashboard: settings.dashboard?.url }));
  };
}

/** The warehouse can be what the mail is about: then it has no chart. */
async function chartOrNull(settings: CronSettings): Promise<LagChart | null> {
  try {
    return await withTimeout(TIMEOUT_MS, readChart(settings));
  } catch {
    return null;
  }
}

async function readChart(settings: CronSettings): Promise<LagChart | null> {
  const { warehouse } = await settings.pipeline("heartbeat");
  const { fresh_as_of } = await readFreshness({ warehouse });
  const url = () => Promise.resolve(warehouse);
  const points = await readLag(openWarehouse({ get: url, renew: url }), new Date(), fresh_as_of);
  return lagChart(points, settings.freshness_ms);
}
