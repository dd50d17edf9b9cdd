/** The pages of a dashboard, by the names of their pictures. */
export const PLACES: Readonly<Record<string, string>> = {
  operations: "/",
  business: "/business",
  catalogue: "/catalogue",
  table: "/catalogue/fact_sales_order",
};
