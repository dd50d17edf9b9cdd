import type { CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import type { RowVersion } from "../../data/catalogue/versions.ts";
import { Card } from "../../layout/card.tsx";
import { columnAddress } from "./address.ts";
import { changesOf } from "./row_history.ts";

/** Versions side by side; the list next to them has all. */
const MOST_SHOWN = 12;

/** The values of the versions side by side, with what each changed marked. */
export function ValuesCard({ table, versions, chosen }: {
  readonly table: CatalogueTable;
  readonly versions: readonly RowVersion[];
  readonly chosen: RowVersion | undefined;
}) {
  const shown = versions.slice(0, MOST_SHOWN);
  // The version that was asked for is always there.
  if (chosen && !shown.includes(chosen)) shown.splice(-1, 1, chosen);
  const columns = Object.keys(versions[0].values);
  const changed = new Map(shown.map((version) => [
    version,
    new Set(
      changesOf(version, versions[versions.indexOf(version) + 1]).map(({ column }) => column),
    ),
  ]));
  const hidden = table.columns.filter(({ personal }) => personal).map(({ name }) => name);
  return (
    <Card
      id="values"
      span={7}
      title="Values of each version"
      sub="Marked values changed from the version before"
    >
      <div class="sideways" tabindex={0} role="region" aria-label="Values of each version">
        <table class="list tight values">
          <caption class="vh">Values of each version</caption>
          <thead>
            <tr>
              <th scope="col">Column</th>
              {shown.map((version) => (
                <th scope="col" class={version === chosen ? "chosen" : ""}>
                  {version.valid_from.slice(0, 19).replace("T", " ")}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <tr>
                <th scope="row">
                  <a href={columnAddress(table.name, column)}>
                    <code>{column}</code>
                  </a>
                </th>
                {shown.map((version) => (
                  <td class={version === chosen ? "chosen" : ""}>
                    <Value
                      value={version.values[column]}
                      isChanged={changed.get(version)!.has(column)}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hidden.length > 0 && <p class="note">Personal columns are not shown: {hidden.join(", ")}.
      </p>}
    </Card>
  );
}

function Value({ value, isChanged }: {
  readonly value: string | null;
  readonly isChanged: boolean;
}) {
  const text = value === null ? <i class="soft">null</i> : <>{value}</>;
  return isChanged
    ? (
      <mark>
        {text}
        <span class="vh">, changed</span>
      </mark>
    )
    : text;
}
