import type { RemedyStep } from "../remedy.ts";
import type { IncidentEntry } from "./incident.ts";
import { type IncidentWords, renderAlerts } from "./render_alerts.ts";

/** Returns an incident in words. Names from the source are in them as they are. */
export function incidentWords({ earlier, alerts }: IncidentEntry): IncidentWords {
  if (!earlier || alerts.length > 0) return renderAlerts(alerts);
  const { title, what, next } = earlier;
  const steps: RemedyStep[] = next === undefined ? [] : [{ advice: next, commands: [] }];
  return { title, resolved: title, happened: [what], meaning: [], steps, facts: [] };
}
