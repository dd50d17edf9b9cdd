import type { RowVersion } from "../../data/catalogue/versions.ts";
import { changesOf } from "./row_history.ts";

/** The versions of a row as a list, the newest first. */
export function VersionList({ versions, chosen }: {
  readonly versions: readonly RowVersion[];
  readonly chosen: RowVersion | undefined;
}) {
  return (
    <ol class="flow versions" reversed>
      {versions.map((version, place) => (
        <>
          {isGap(version, versions[place - 1]) && (
            <li class="gone">
              <span class="soft">
                <Moment at={version.valid_to!} /> deleted in the source
              </span>
            </li>
          )}
          <li class={version === chosen ? "here" : ""}>
            <span>
              <Moment at={version.valid_from} />{" "}
              {version.valid_to === null && <span class="tag">current</span>}{" "}
              {version === chosen && <span class="tag">as of</span>}
            </span>
            <Changes version={version} older={versions[place + 1]} />
          </li>
        </>
      ))}
    </ol>
  );
}

/** Whether a version ended without another one that follows. */
function isGap({ valid_to }: RowVersion, newer: RowVersion | undefined): boolean {
  return valid_to !== null && valid_to !== newer?.valid_from;
}

function Moment({ at }: { readonly at: string }) {
  return <time datetime={at}>{at.slice(0, 19).replace("T", " ")}</time>;
}

function Changes({ version, older }: {
  readonly version: RowVersion;
  readonly older: RowVersion | undefined;
}) {
  if (!older) return <span class="soft">first version seen by the pipeline</span>;
  const changes = changesOf(version, older);
  if (changes.length === 0) return <span class="soft">the same values again</span>;
  return (
    <ul>
      {changes.map(({ column, before, after }) => (
        <li>
          <code>{column}</code> <del>{before ?? "null"}</del>
          <span class="vh">became</span> <span aria-hidden="true">→</span>{" "}
          <ins>{after ?? "null"}</ins>
        </li>
      ))}
    </ul>
  );
}
