import type { Incident } from "../../data/operations/incidents.ts";
import { Card } from "../../layout/card.tsx";
import { Command } from "../../layout/command.tsx";
import { Event } from "../../layout/event.tsx";
import { moment, plural } from "../../layout/format.ts";

/** Incidents listed: all of those that are open come first. */
const SHOWN = 5;

/** The incidents: what is wrong since when, and what is over. */
export function IncidentsCard({ incidents, now }: {
  /** The open ones first, then those that ended, the newest first; null when they cannot be read. */
  readonly incidents: readonly Incident[] | null;
  readonly now: Date;
}) {
  const isOpen = incidents?.some(({ is_open }) => is_open);
  const rest = (incidents?.length ?? 0) - SHOWN;
  return (
    <Card id="incidents" span={12} attention={isOpen} title={incidentsTitle(incidents)}>
      {incidents === null
        ? <p class="soft">They are stored in the lake, which cannot be read.</p>
        : incidents.length === 0
        ? <p class="soft">A failed run, a late warehouse or a schema change opens an incident.</p>
        : (
          <ul class="events">
            {incidents.slice(0, SHOWN).map((incident) => (
              <IncidentEvent incident={incident} now={now} />
            ))}
            {rest > 0 && <Event>And {plural(rest, "other")}.</Event>}
          </ul>
        )}
    </Card>
  );
}

function IncidentEvent({ incident, now }: { readonly incident: Incident; readonly now: Date }) {
  const { is_open, severity, since, ended, title, meaning, next } = incident;
  const tone = !is_open ? "ok" : severity === "error" ? "bad" : "warn";
  const from = moment(new Date(since), now);

  return (
    <Event
      tone={tone}
      when={ended === null
        ? `${from}, open`
        : ended === since
        ? from
        : `${from} to ${moment(new Date(ended), now)}`}
      then={
        <>
          {is_open && meaning && <p>{meaning}</p>}
          {is_open && next && <Command text={next} />}
        </>
      }
    >
      {title}
    </Event>
  );
}

function incidentsTitle(incidents: readonly Incident[] | null): string {
  if (incidents === null) return "Cannot read the incidents";
  const open = incidents.filter(({ is_open }) => is_open).length;
  if (open === 0) return "No open incidents";
  return `${plural(open, "incident")} ${open === 1 ? "is" : "are"} open`;
}
