import type { Design } from "../../schemas/source/design.ts";
import type { DimDesign } from "../../schemas/warehouse/dim_design.ts";

/** Returns the dimension row of a design. */
export function toDimDesign(design: Design): DimDesign {
  return {
    design_id: design.design_id,
    design_name: design.design_name,
    file_location: design.file_location,
    file_name: design.file_name,
  };
}
