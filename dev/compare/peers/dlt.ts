import { fileURLToPath } from "node:url";
import { COLUMNS, type Peer, withPassword } from "../peer.ts";

const SCRIPT = fileURLToPath(new URL("./dlt_load.py", import.meta.url));
const PACKAGES = [
  "dlt[postgres]==1.31.0",
  "sqlalchemy==2.1.9",
  "pyarrow==26.0.1",
  "connectorx==0.4.6",
  "psycopg2-binary==2.9.13",
  "adbc-driver-postgresql==1.13.0",
];

/** The fastest settings that were found: ConnectorX reads, Parquet files are loaded by ADBC. */
export const dltFast = dlt("dlt 1.31.0, connectorx + Parquet", "connectorx", "parquet", {
  NORMALIZE__WORKERS: "2",
  EXTRACT__DATA_WRITER__FILE_MAX_ITEMS: "250000",
  NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS: "250000",
  DATA_WRITER__BUFFER_MAX_ITEMS: "50000",
  CHUNK_SIZE: "100000",
});

/** What dlt does when nothing is set. */
export const dltDefaults = dlt("dlt 1.31.0, defaults", "sqlalchemy", "", {});

function dlt(
  name: string,
  backend: string,
  format: string,
  settings: Readonly<Record<string, string>>,
): Peer {
  return {
    name,
    packages: PACKAGES,
    table: "raw.sales_order",
    columns: COLUMNS,
    command: ({ source, destination, folder, home }, isFirst) => {
      // Two workers take longer to start than a small run takes.
      const used = Object.entries(settings)
        .filter(([name]) => isFirst || name !== "NORMALIZE__WORKERS");
      return {
        command: `${home}/bin/python`,
        args: [SCRIPT, backend, format],
        env: {
          SOURCE_URL: withPassword(source),
          DESTINATION_URL: withPassword(destination),
          PIPELINES_DIR: folder,
          DLT_DATA_DIR: folder,
          RUNTIME__DLTHUB_TELEMETRY: "false",
          RUNTIME__LOG_LEVEL: "ERROR",
          ...Object.fromEntries(used),
        },
      };
    },
  };
}
