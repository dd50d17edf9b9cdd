import type { CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import { MOST_VERSIONS, type RowVersion } from "../../data/catalogue/versions.ts";
import { Card } from "../../layout/card.tsx";
import { plural } from "../../layout/format.ts";
import { type Frame, Page } from "../../layout/page.tsx";
import { historyAddress, tableAddress } from "./address.ts";
import { changesOf, versionAt } from "./row_history.ts";
import { VersionList } from "./version_list.tsx";
import { ValuesCard } from "./values_card.tsx";

/** What a form asked for: an instant, or a text that is none. */
export interface AsOf {
  readonly text: string;
  readonly instant: string | null;
}

/** Every version of one row of a fact, the newest first, and the row as it was at an instant. */
export function HistoryPage({ frame, table, rowKey, versions, asOf }: {
  readonly frame: Frame;
  readonly table: CatalogueTable;
  readonly rowKey: string;
  readonly versions: readonly RowVersion[];
  readonly asOf: AsOf | null;
}) {
  const { name, key } = table;
  const instant = asOf?.instant ?? null;
  const chosen = instant === null ? undefined : versionAt(versions, instant);
  return (
    <Page frame={frame} title={`${key} ${rowKey}`} section="Catalogue">
      <div class="head">
        <div>
          <p class="crumbs">
            <a href="/catalogue">Catalogue</a> / <a href={tableAddress(name)}>{name}</a>
          </p>
          <h1 class="mono">{key} {rowKey}</h1>
          <p class="soft">{summary(versions)}</p>
        </div>
        <form class="filters" method="get" action={historyAddress(name, rowKey)}>
          <label>
            <span>As of (UTC)</span>
            <input type="datetime-local" name="at" step="1" value={inputValue(asOf)} />
          </label>
          <button type="submit">Show</button>
        </form>
      </div>
      {asOf && <AsOfNote asOf={asOf} versions={versions} chosen={chosen} />}
      <div class="grid">
        <Card
          id="versions"
          span={5}
          title={plural(versions.length, "version")}
          sub="When each version started (UTC) and what it changed, newest first"
        >
          <VersionList versions={versions} chosen={chosen} />
          {versions.length === MOST_VERSIONS && (
            <p class="note">The view {name}_versions has the older ones.</p>
          )}
        </Card>
        <ValuesCard table={table} versions={versions} chosen={chosen} />
      </div>
    </Page>
  );
}

/** Says how the row is now, and what its last change was. */
function summary(versions: readonly RowVersion[]): string {
  const [newest, older] = versions;
  if (newest.valid_to !== null) {
    return `Deleted in the source; last valid until ${at(newest.valid_to)}`;
  }
  if (!older) return `Unchanged since ${at(newest.valid_from)}`;
  const changed = changesOf(newest, older).map(({ column }) => column);
  const what = changed.length === 0
    ? "restored"
    : changed.length === 1
    ? `${changed[0]} changed`
    : `${changed.length} columns changed`;
  return `Last change: ${what} at ${at(newest.valid_from)}`;
}

function AsOfNote({ asOf, versions, chosen }: {
  readonly asOf: AsOf;
  readonly versions: readonly RowVersion[];
  readonly chosen: RowVersion | undefined;
}) {
  return (
    <p class="note asof-note" role="status">
      {asOf.instant === null
        ? `“${asOf.text}” is not a time. Write it as 2026-11-30T09:00:00.`
        : `${at(asOf.instant)}: ${found(asOf.instant, versions, chosen)}`}
    </p>
  );
}

function found(
  instant: string,
  versions: readonly RowVersion[],
  chosen: RowVersion | undefined,
): string {
  if (chosen) return `version ${versions.length - versions.indexOf(chosen)} of ${versions.length}`;
  return instant < versions.at(-1)!.valid_from
    ? "the pipeline had not seen the row yet"
    : "the row was deleted in the source";
}

/** Returns an instant to the second, as people read it. */
function at(instant: string): string {
  return `${instant.slice(0, 19).replace("T", " ")} UTC`;
}

function inputValue(asOf: AsOf | null): string | undefined {
  return asOf?.instant?.slice(0, 19);
}
