/** The two databases and the zones of the lake. */
export const ENDS = ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL", "PROCESSED_URL"] as const;
