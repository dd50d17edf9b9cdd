"""Copies the table sales_order into the dataset raw with dlt: dlt_load.py BACKEND [FORMAT]"""

import os
import sys

import dlt
from dlt.sources.sql_database import sql_table

backend, file_format = sys.argv[1:3]
# SQLAlchemy would look for another driver, which dlt does not install.
source = os.environ["SOURCE_URL"].replace("postgres://", "postgresql+psycopg2://")
destination = os.environ["DESTINATION_URL"].replace("postgres://", "postgresql://")

options = {}
if "CHUNK_SIZE" in os.environ:
    options["chunk_size"] = int(os.environ["CHUNK_SIZE"])
if backend == "connectorx":
    address = source.replace("postgresql+psycopg2", "postgresql")
    options["backend_kwargs"] = {"conn": address, "protocol": "binary"}

table = sql_table(
    credentials=source,
    table="sales_order",
    backend=backend,
    incremental=dlt.sources.incremental("last_updated"),
    reflection_level="full_with_precision",
    primary_key="sales_order_id",
    write_disposition="merge",
    **options,
)
pipeline = dlt.pipeline(
    "sales",
    destination=dlt.destinations.postgres(destination),
    dataset_name="raw",
    pipelines_dir=os.environ["PIPELINES_DIR"],
)
info = pipeline.run(table, loader_file_format=file_format or None)
info.raise_on_failed_jobs()
