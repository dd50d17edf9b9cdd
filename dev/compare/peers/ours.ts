import { pathToFileURL } from "node:url";
import { etlCommand } from "../../measure/etl_command.ts";
import type { MeasuredCommand } from "../../measure/measured_command.ts";
import type { Peer, Place } from "../peer.ts";

/** This repository, as `deno task etl` runs it: it reads every table and builds the star schema. */
export const ours: Peer = {
  name: "totesys",
  packages: [],
  table: "fact_sales_order",
  columns: "sales_order_id, created_date + created_time, last_updated_date + last_updated_time, " +
    "design_id, sales_staff_id, counterparty_id, units_sold, trim_scale(unit_price), currency_id, " +
    "agreed_delivery_date::text, agreed_payment_date::text, agreed_delivery_location_id",
  command: (place) => etl(place, "run"),
  repair: { name: "reconcile, hourly", command: (place) => etl(place, "reconcile") },
  async refuses(place, key) {
    const { command, args, env, cwd } = etl(place, "quarantine", "list", "--json");
    const { stdout } = await new Deno.Command(command, { args: [...args], env, cwd }).output();
    const { entries } = JSON.parse(new TextDecoder().decode(stdout));
    return entries.some((entry: { key: unknown }) => String(entry.key) === String(key));
  },
};

function etl({ source, destination, folder }: Place, ...args: string[]): MeasuredCommand {
  const env = {
    SOURCE_URL: source,
    WAREHOUSE_URL: destination,
    INGESTION_URL: pathToFileURL(`${folder}/ingestion`).href,
    PROCESSED_URL: pathToFileURL(`${folder}/processed`).href,
  };
  return etlCommand(env, ...args);
}
