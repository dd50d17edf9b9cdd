/**
 * A model with joins of joins: shops in cities in regions, two ways from a shop to a city, and a circle:
 * staff have a department, whose manager is one of the staff.
 *
 * @module
 */
import type postgres from "postgres";
import type { DimensionSpec, Model, RowFunction, SourceTableSpec } from "../../schemas/mod.ts";

const id = { type: "integer" } as const;
const name = { type: "text" } as const;

const region: SourceTableSpec = { name: "region", key: "id", columns: { id, name } };
const city: SourceTableSpec = {
  name: "city",
  key: "id",
  columns: { id, name, region_id: { type: "integer", nullable: true, references: "region" } },
};
const shop: SourceTableSpec = {
  name: "shop",
  key: "id",
  columns: {
    id,
    name,
    city_id: { type: "integer", references: "city" },
    depot_id: { type: "integer", nullable: true, references: "city" },
  },
};
const department: SourceTableSpec = {
  name: "department",
  key: "id",
  columns: { id, name, manager_id: { type: "integer", nullable: true, references: "staff" } },
};
const staff: SourceTableSpec = {
  name: "staff",
  key: "id",
  columns: { id, name, department_id: { type: "integer", references: "department" } },
};

const dimCity: DimensionSpec = {
  name: "dim_city",
  kind: "dimension",
  key: "id",
  from: "city",
  columns: { id, name, region: { type: "text", of: "region.name", nullable: true } },
};
const dimShop: DimensionSpec = {
  name: "dim_shop",
  kind: "dimension",
  key: "id",
  from: "shop",
  join: { city: "city_id", depot: "depot_id" },
  columns: {
    id,
    name,
    city: { type: "text", of: "city.name" },
    region: { type: "text", of: "city.region.name", nullable: true },
    depot: { type: "text", of: "depot.name", nullable: true },
    depot_region: { type: "text", of: "depot.region.name", nullable: true },
  },
};
const dimStaff: DimensionSpec = {
  name: "dim_staff",
  kind: "dimension",
  key: "id",
  from: "staff",
  join: { "department.manager": "manager_id" },
  columns: {
    id,
    name,
    department: { type: "text", of: "department.name" },
    manager: { type: "text", of: "department.manager.name", nullable: true },
  },
};
const dimDepartment: DimensionSpec = {
  name: "dim_department",
  kind: "dimension",
  key: "id",
  from: "department",
  columns: { id, name, manager: { type: "text", of: "staff.name", nullable: true } },
};

/** Shops in cities in regions. */
export const shops: Model = { source: [region, city, shop], warehouse: [dimCity, dimShop] };

/** Staff and departments, each joined with the other. */
export const company: Model = { source: [department, staff], warehouse: [dimStaff, dimDepartment] };

/** Shops, without their cities' own dimension, and with a row function. */
export function shopsBy(row: RowFunction): Model {
  const join = { city: "city_id", "city.region": "region_id" };
  const columns = { id, label: name };
  return { ...shops, warehouse: [{ ...dimShop, join, row, columns }] };
}

/** Creates the tables of both models, without rows. */
export async function createChain(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
CREATE TABLE region (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE city (id int PRIMARY KEY, name text NOT NULL, region_id int);
CREATE TABLE shop (id int PRIMARY KEY, name text NOT NULL, city_id int NOT NULL, depot_id int);
CREATE TABLE department (id int PRIMARY KEY, name text NOT NULL, manager_id int);
CREATE TABLE staff (id int PRIMARY KEY, name text NOT NULL, department_id int NOT NULL)`);
}
