/** The numbers of a chart. The first column names the row; the others are numbers. */
export function PlainTable({ caption, heads, rows }: {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}) {
  return (
    <table class="plain">
      <caption class="vh">{caption}</caption>
      <thead>
        <tr>{heads.map((head, i) => <th scope="col" class={i ? "n" : ""}>{head}</th>)}</tr>
      </thead>
      <tbody>
        {rows.map(([first, ...others]) => (
          <tr>
            <th scope="row">{first}</th>
            {others.map((value) => <td class="n">{value}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
