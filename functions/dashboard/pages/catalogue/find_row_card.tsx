import type { CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import { Card } from "../../layout/card.tsx";
import { historyAddress, tableAddress } from "./address.ts";

/** A form that opens the history of one row, and the newest row as an example. */
export function FindRowCard({ table: { name, key }, newest }: {
  readonly table: CatalogueTable;
  readonly newest: string | undefined;
}) {
  return (
    <Card id="find" span={12} title="History of one row">
      <form class="filters" method="get" action={tableAddress(name)}>
        <label>
          <span>{key}</span>
          <input name="key" required autocomplete="off" spellcheck={false} />
        </label>
        <button type="submit">Show</button>
      </form>
      {newest !== undefined && (
        <p class="note">
          The newest row is <a href={historyAddress(name, newest)}>{newest}</a>.
        </p>
      )}
    </Card>
  );
}
