import type { EtlError } from "../../../../sdk/errors.ts";
import { capitalized, printable, withStop } from "../../../format.ts";
import { remedySteps } from "../../../remedy.ts";
import type { Incident } from "../../data/operations/incidents.ts";
import { Card } from "../../layout/card.tsx";
import { Command } from "../../layout/command.tsx";
import { Event } from "../../layout/event.tsx";
import { type Frame, Page } from "../../layout/page.tsx";
import { Verdict } from "../../layout/verdict.tsx";
import { NEXT } from "./commands.ts";
import { IncidentsCard } from "./incidents_card.tsx";

const REFRESH_SECONDS = 10;

/** The page while the warehouse does not answer. The incidents are in the lake, so they are there. */
export function UnreachablePage({ frame, error, incidents }: {
  readonly frame: Frame;
  readonly error: EtlError;
  readonly incidents: readonly Incident[] | null;
}) {
  const advice = error.next ? remedySteps(error.next).flatMap(({ advice }) => advice ?? []) : [];
  return (
    <Page
      frame={frame}
      section="Operations"
      title="✕ Cannot read the warehouse"
      tone="bad"
      refresh={REFRESH_SECONDS}
    >
      <Verdict
        tone="bad"
        title="Cannot read the warehouse"
        next={{ label: "Check whether the pipeline can read it", command: NEXT.status }}
      >
        <p>
          {withStop(capitalized(printable(error.message)))} This page tries again every{" "}
          {REFRESH_SECONDS} seconds.
        </p>
      </Verdict>
      <div class="grid">
        <Card id="checks" span={7} title="What to check">
          <ul class="events">
            {advice.map((text) => <Event>{capitalized(printable(text))}</Event>)}
            <Event then="The dashboard signs in with its own role, which can only read.">
              <code>DASHBOARD_WAREHOUSE_URL</code> has the current host, role and password
            </Event>
            <Event then="A restart or a failover takes a minute or two.">
              The database runs and accepts connections from here
            </Event>
            <Event then={<Command text={NEXT.status} />}>
              The pipeline can read it with its own role
            </Event>
          </ul>
        </Card>
        <div class="s5 stack">
          <IncidentsCard incidents={incidents} now={frame.now} />
        </div>
      </div>
    </Page>
  );
}
