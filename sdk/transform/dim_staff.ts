import type { Department } from "../../schemas/source/department.ts";
import type { Staff } from "../../schemas/source/staff.ts";
import type { DimStaff } from "../../schemas/warehouse/dim_staff.ts";

/** Returns the dimension row of a staff member and their department. */
export function toDimStaff(staff: Staff, { department }: { department: Department }): DimStaff {
  return {
    staff_id: staff.staff_id,
    first_name: staff.first_name,
    last_name: staff.last_name,
    department_name: department.department_name,
    location: department.location,
    email_address: staff.email_address,
  };
}
