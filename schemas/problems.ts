/**
 * The mistakes in the mapping of warehouse tables, as types: the compiler names the column. `checkModel()`
 * applies the same rules to models that come as data.
 *
 * @module
 */
import type { ColumnSpec, PresentValue } from "./columns.ts";
import type { ColumnType, Functions, Part, PART_TYPES, ScalarFunction } from "./origin.ts";
import type { Conversion, Row, SourceTableSpec, WarehouseTableSpec } from "./table.ts";

/**
 * The mistakes in warehouse tables, as a union of messages; `never` when there are none. `Sources` is the
 * union of the source tables.
 *
 * ```ts ignore
 * type None<T extends never> = T;
 * type _Checked = None<Problems<typeof dimShop, typeof shop | typeof region, typeof functions>>;
 * ```
 */
export type Problems<
  Table extends WarehouseTableSpec,
  Sources extends SourceTableSpec,
  F extends Functions = Record<never, never>,
> = MappingProblems<Table, Sources, F> | ConversionProblems<Table, Table>;

/**
 * The mistakes in the mapping of each table.
 *
 * @internal
 */
type MappingProblems<
  Table extends WarehouseTableSpec,
  Sources extends SourceTableSpec,
  F extends Functions,
> = Table extends WarehouseTableSpec ? Table extends { readonly kind: "calendar" } ? ProblemsOf<
      Table,
      { name: Table["name"]; key: Table["key"]; columns: Pick<Table["columns"], Table["key"]> },
      Table["name"],
      F
    >
  : Table extends { readonly from: infer From extends string }
    ? Table extends { readonly row: { readonly make: infer Make } }
      ? RowProblem<Table, Sources, From, Make>
    : KeyProblem<Table, Sources, From> | ProblemsOf<Table, Sources, From, F>
  : never
  : never;

/**
 * The mistakes in what facts convert; `All` are the tables that a fact can reference.
 *
 * @internal
 */
type ConversionProblems<Table extends WarehouseTableSpec, All extends WarehouseTableSpec> =
  Table extends { readonly convert: infer C extends Conversion } ? Labelled<
      `${Table["name"]}.convert`,
      | AmountProblem<Table, C["amounts"][number]>
      | DateProblem<Table, C["on"]>
      | CurrencyProblem<Table, All, C["currency"]>
    >
    : never;

type AmountProblem<Table extends WarehouseTableSpec, Name> = Name extends string
  ? ColumnProblem<Table, Name, "integer" | "bigint" | "numeric", "is no number">
  : never;

type DateProblem<Table extends WarehouseTableSpec, Name extends string> = ColumnProblem<
  Table,
  Name,
  "date",
  "is no date"
>;

type CurrencyProblem<
  Table extends WarehouseTableSpec,
  All extends WarehouseTableSpec,
  Path extends string,
> = Path extends `${infer Reference}.${infer Name}`
  ? Table["columns"][Reference] extends { readonly references: infer Target extends string }
    ? TableNamed<All, Target> extends infer Parent extends WarehouseTableSpec
      ? ColumnProblem<Parent, Name, "text", "is no text">
    : never
  : `${Reference} references no table`
  : ColumnProblem<Table, Path, "text", "is no text">;

/** A column must exist and have one of these types. */
type ColumnProblem<
  Table extends WarehouseTableSpec,
  Name extends string,
  Type extends ColumnType,
  Otherwise extends string,
> = Name extends keyof Table["columns"]
  ? Table["columns"][Name] extends { readonly type: Type } ? never : `${Name} ${Otherwise}`
  : `${Table["name"]} has no column ${Name}`;

/**
 * A row function takes the rows of the source table and returns those of the warehouse table. The types
 * of joined rows are those that it declares.
 *
 * @internal
 */
type RowProblem<Table extends WarehouseTableSpec, Sources extends SourceTableSpec, From, Make> =
  TableNamed<Sources, From> extends infer Source extends SourceTableSpec
    ? [Source] extends [never] ? `${Table["name"]}: the source has no table ${From & string}`
    : Make extends (row: Row<Source>, joined: never) => Row<Table> | null ? never
    : `${Table["name"]}: its row function does not make its rows of those of ${Source["name"]}`
    : never;

/**
 * The key of a row is that of its source row.
 *
 * @internal
 */
type KeyProblem<Table extends WarehouseTableSpec, Sources extends SourceTableSpec, From> =
  TableNamed<Sources, From> extends infer Source extends SourceTableSpec
    ? Of<Table["columns"][Table["key"]], Table["key"]> extends Source["key"] ? never
    : `${Table["name"]}.${Table["key"]}: the key must be that of ${Source["name"]}, of: "${Source[
      "key"
    ]}"`
    : never;

/**
 * The mistakes in the columns of a table.
 *
 * @internal
 */
type ProblemsOf<
  Table extends WarehouseTableSpec,
  Sources extends SourceTableSpec,
  From extends string,
  F extends Functions,
> = {
  [Name in keyof Table["columns"] & string]: Labelled<
    `${Table["name"]}.${Name}`,
    Problem<
      Table["columns"][Name],
      Walk<Sources, From, JoinsOf<Table>, Of<Table["columns"][Name], Name>>,
      F
    >
  >;
}[keyof Table["columns"] & string];

type Labelled<Place extends string, Message> = Message extends string ? `${Place}: ${Message}`
  : never;

type TableNamed<Sources, Name> = Extract<Sources, { readonly name: Name }>;
type JoinsOf<Table> = Table extends { readonly join: infer Join } ? Join : Record<never, never>;
type Of<Column, Name extends string> = Column extends { readonly of: infer Path extends string }
  ? Path
  : Name;
type IsNullable<Column> = Column extends { readonly nullable: true } ? true : false;
type Either<A, B> = A extends true ? true : B;

/** Where a path ends: a column and whether its value can be NULL. */
interface End<Column extends ColumnSpec, Nullable> {
  readonly column: Column;
  readonly nullable: Nullable;
}

/** Follows a path to its column; a message when it leads nowhere. */
type Walk<
  Sources extends SourceTableSpec,
  From extends string,
  Joins,
  Path extends string,
  Base extends string = "",
  Nullable = false,
> = TableNamed<Sources, From> extends infer Table extends SourceTableSpec
  ? [Table] extends [never] ? `the source has no table ${From}`
  : Path extends keyof Table["columns"] & string
    ? End<Table["columns"][Path], Either<Nullable, IsNullable<Table["columns"][Path]>>>
  : Path extends `${infer Segment}.${infer Rest}`
    ? Step<Sources, Table, Joins, Segment, Rest, `${Base}${Segment}`, Nullable>
  : `${From} has no column ${Path}`
  : never;

/** Follows a join, by the column that `join` names or the only one that references the table. */
type Step<
  Sources extends SourceTableSpec,
  Table extends SourceTableSpec,
  Joins,
  Segment extends string,
  Rest extends string,
  Place extends string,
  Nullable,
> = (Place extends keyof Joins ? Joins[Place] : References<Table["columns"], Segment>) extends
  infer Column ? [Column] extends [never] ? `${Table[
      "name"
    ]} has no column that references ${Segment}: name it in join, { "${Place}": "…" }`
  : IsUnion<Column> extends true ? `several columns of ${Table[
      "name"
    ]} reference ${Segment}: name one in join, { "${Place}": "…" }`
  : Column extends keyof Table["columns"] & string
    ? Target<Sources, Table["columns"][Column], Segment> extends infer Parent extends string
      ? JoinProblem<Sources, Table["columns"][Column], Parent> extends infer Message extends string
        ? Message
      : Walk<
        Sources,
        Parent,
        Joins,
        Rest,
        `${Place}.`,
        Either<Nullable, IsNullable<Table["columns"][Column]>>
      >
    : never
  : `${Table["name"]} has no column ${Column & string}, which joins ${Place}`
  : never;

/** The names of the columns that reference a table. */
type References<Columns, Target> = {
  [Name in keyof Columns]: Columns[Name] extends { readonly references: Target } ? Name : never;
}[keyof Columns];

type Target<Sources extends SourceTableSpec, Column, Segment extends string> = Segment extends
  Sources["name"] ? Segment
  : Column extends { readonly references: infer Name extends string } ? Name
  : Segment;

/** The column of a join has the type of the key that it holds. */
type JoinProblem<Sources extends SourceTableSpec, Column, Parent> =
  TableNamed<Sources, Parent> extends infer Table extends SourceTableSpec
    ? [Table] extends [never] ? null
    : Column extends { readonly type: Table["columns"][Table["key"]]["type"] } ? null
    : `the column that joins ${Table["name"]} has another type than its key`
    : null;

type IsUnion<T, All = T> = T extends All ? ([All] extends [T] ? false : true) : never;

/** What is wrong with a column whose path ends there; `never` when nothing is. */
type Problem<Column, Found, F extends Functions> = Found extends string ? Found
  : Found extends End<infer Source, infer Nullable>
    ? Column extends { readonly part: infer P extends Part }
      ? Column extends { readonly by: string } ? "has both part and by"
      : HasPart<Source, P> extends true ? Fit<Column, (typeof PART_TYPES)[P], Nullable>
      : `${Source["type"]} has no ${P}`
    : Column extends { readonly by: infer Name extends string }
      ? Name extends keyof F ? ByProblem<Column, Source, F[Name], Name & string, Nullable>
      : `the model has no function ${Name}`
    : Column extends { readonly type: "date" }
      ? Source extends { readonly type: "text"; readonly format: "date" }
        ? NullFit<Column, Nullable>
      : Fit<Column, Source["type"], Nullable>
    : Fit<Column, Source["type"], Nullable>
  : never;

type ByProblem<
  Column,
  Source extends ColumnSpec,
  F extends ScalarFunction,
  Name extends string,
  Nullable,
> = Source["type"] extends F["takes"] ? F["call"] extends (
    value: PresentValue<{ type: F["takes"] } & ColumnSpec>,
  ) => ResultOf<F> ? Fit<Column, F["returns"], Either<Nullable, IsNullable<F>>>
  : `${Name} does not return ${F["returns"]}`
  : `${Name} takes ${F["takes"]}, not ${Source["type"]}`;

type ResultOf<F extends ScalarFunction> =
  | PresentValue<{ type: F["returns"] } & ColumnSpec>
  | (F extends { readonly nullable: true } ? null : never);

type HasPart<Source, P> = Source extends { readonly type: "timestamp" } ? true
  : Source extends { readonly type: "date" } | { readonly type: "text"; readonly format: "date" }
    ? P extends "time" ? false : true
  : false;

/** The types whose every value is one of another type. */
interface Wider {
  readonly bigint: "integer";
  readonly numeric: "integer" | "bigint";
}

type Fit<Column, From extends ColumnType, Nullable> = Column extends
  { readonly type: infer To extends ColumnType }
  ? From extends To | (To extends keyof Wider ? Wider[To] : never) ? NullFit<Column, Nullable>
  : `${From} cannot become ${To}: name a function in by`
  : never;

type NullFit<Column, Nullable> = Nullable extends true
  ? IsNullable<Column> extends true ? never : "can be NULL: set nullable: true"
  : never;
