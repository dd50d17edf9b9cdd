import type { LineagePlace, OpenLineageOptions } from "../../../sdk/derive/open_lineage.ts";
import type { Environment } from "../../settings/read.ts";

/**
 * Returns where the databases are, as OpenLineage names them, from the settings that are set. Nothing of a
 * URL but host, port, database and schema is used.
 */
export function lineagePlaces(
  environment: Environment,
): Pick<OpenLineageOptions, "sources" | "warehouse"> {
  const source = placeOf(environment("SOURCE_URL"));
  const warehouse = placeOf(environment("WAREHOUSE_URL"));
  return { ...source && { sources: { database: source } }, ...warehouse && { warehouse } };
}

/** A URL that is a secret in AWS, or is no URL, gives no place: the command needs no connection. */
function placeOf(text: string | undefined): LineagePlace | undefined {
  if (text === undefined || !/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) return;
  const { hostname, port, pathname, searchParams } = new URL(text);
  const schema = searchParams.get("search_path")?.split(",")[0].trim() || "public";
  return {
    namespace: `postgres://${hostname}:${port || 5432}`,
    prefix: `${decodeURIComponent(pathname.slice(1))}.${schema}.`,
  };
}
