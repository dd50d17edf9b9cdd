/** The form above the page: what it shows. */
import type { Choices, Filter } from "../../data/business/filter.ts";
import { PERIODS } from "../../data/business/period.ts";

type Option = readonly [value: string, label: string];

/** The form. It is plain GET, so that every choice has its address. */
export function Filters({ filter, choices, currency }: {
  readonly filter: Filter;
  readonly choices: Choices;
  /** The reference currency. */
  readonly currency: string;
}) {
  const { period, asOf } = filter;
  const isCustom = period.name === "custom";
  const periods: Option[] = [
    ...Object.entries(PERIODS).map(([name, { label }]): Option => [name, label]),
    ["custom", "Custom"],
  ];
  return (
    <form method="get" action="/business" class="filters" aria-label="Filters">
      <Select name="period" label="Period" value={period.name} options={periods} />
      <Select
        name="currency"
        label="Currency"
        value={filter.currency ?? ""}
        options={withAll(`All, in ${currency}`, choices.currencies)}
      />
      <Select
        name="department"
        label="Department"
        value={filter.department ?? ""}
        options={withAll("All departments", choices.departments)}
      />
      <Select
        name="country"
        label="Delivery country"
        value={filter.country ?? ""}
        options={withAll("All countries", choices.countries)}
      />
      <details class="more" open={isCustom || asOf !== null}>
        <summary>More filters</summary>
        <div>
          <label>
            <span>Custom from</span>
            <input type="date" name="from" value={isCustom ? period.from : ""} />
          </label>
          <label>
            <span>to</span>
            <input type="date" name="to" value={isCustom ? period.to : ""} />
          </label>
          <label>
            <span>As of (UTC)</span>
            <input
              type="datetime-local"
              name="as_of"
              step="1"
              value={asOf === null ? "" : asOf.slice(0, 19)}
            />
          </label>
        </div>
      </details>
      <button type="submit">Show</button>
    </form>
  );
}

function withAll(all: string, values: readonly string[]): Option[] {
  return [["", all], ...values.map((value): Option => [value, value])];
}

function Select({ name, label, value, options }: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
}) {
  return (
    <label>
      <span>{label}</span>
      <select name={name}>
        {options.map(([option, text]) => (
          <option value={option} selected={option === value}>{text}</option>
        ))}
      </select>
    </label>
  );
}
