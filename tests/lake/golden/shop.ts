/**
 * A small shop: the model of the golden lakes. It has a column of every type, a join, a dimension and
 * a fact. Its tables must not change, because the recorded lakes do not.
 *
 * @module
 */
import type { Model } from "../../../schemas/mod.ts";

const product = {
  product_id: { type: "integer" },
  name: { type: "text" },
  price: { type: "numeric" },
  weight: { type: "numeric", precision: 10, scale: 3, nullable: true },
  barcode: { type: "bigint" },
  is_sold: { type: "boolean" },
  released: { type: "date" },
  delivered_at: { type: "time" },
  updated_at: { type: "timestamp" },
} as const;

/** The source and the warehouse. */
export const shop: Model = {
  source: [
    {
      name: "category",
      key: "category_id",
      columns: { category_id: { type: "integer" }, name: { type: "text" } },
    },
    {
      name: "product",
      key: "product_id",
      columns: { ...product, category_id: { type: "integer" } },
    },
    {
      name: "sale",
      key: "sale_id",
      columns: {
        sale_id: { type: "integer" },
        product_id: { type: "integer" },
        amount: { type: "numeric" },
      },
    },
  ],
  warehouse: [
    {
      name: "dim_product",
      kind: "dimension",
      from: "product",
      join: { category: "category_id" },
      key: "product_id",
      columns: { ...product, category: { type: "text", of: "category.name" } },
    },
    {
      name: "fact_sale",
      kind: "fact",
      from: "sale",
      key: "sale_id",
      surrogate: "sale_record_id",
      columns: {
        sale_id: { type: "integer" },
        product_id: { type: "integer", references: "dim_product" },
        amount: { type: "numeric", precision: 8, scale: 2 },
      },
    },
  ],
};

/** The source at first. No foreign key stops a sale of a product that does not exist. */
export const OPENING = `
CREATE TABLE category (category_id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE product (product_id int PRIMARY KEY, name text NOT NULL, price numeric NOT NULL,
  weight numeric(10,3), barcode bigint NOT NULL, is_sold boolean NOT NULL, released date NOT NULL,
  delivered_at time NOT NULL, updated_at timestamp NOT NULL, category_id int NOT NULL);
CREATE TABLE sale (sale_id int PRIMARY KEY, product_id int NOT NULL, amount numeric NOT NULL);
INSERT INTO category VALUES (1, 'bags'), (2, 'mugs');
INSERT INTO product VALUES
  (1, 'Tote "Ørsted"', 3.90, 0.120, 9007199254740993, true, '2022-11-03', '14:20:49.962',
    '2022-11-03 14:20:49.962', 1),
  (2, E'Tab\\tbag\\n', 0.1, NULL, -1, false, '1970-01-01', '00:00:00', '1970-01-01 00:00:00', 1),
  (3, 'Mug 🫖', 123456789012345678901234567890.123, 350.5, 0, true, '2024-02-29', '23:59:59.999999',
    '2024-02-29 23:59:59.999999', 2);
INSERT INTO sale VALUES (1, 1, 3.90), (2, 2, 0.20)`;

/** A change, a sale that does not fit the warehouse, and a sale of an unknown product. */
export const TRADE = `
UPDATE product SET price = 4, updated_at = '2024-03-01 09:00:00' WHERE product_id = 1;
INSERT INTO sale VALUES (3, 1, 123456789.125), (4, 99, 1)`;

/** Two sales and a product are deleted. The reconciliation that follows finds out. */
export const DELETIONS = `
DELETE FROM sale WHERE sale_id IN (2, 3);
DELETE FROM product WHERE product_id = 3`;

/** A change whose objects are lost in the recording, so that a full extraction replaces them. */
export const LOST = "UPDATE category SET name = 'tote bags' WHERE category_id = 1";
