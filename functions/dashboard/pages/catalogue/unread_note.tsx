import { Icon } from "../../layout/icon.tsx";

/** Says why a page of the catalogue has no numbers; nothing when it has. */
export function UnreadNote({ problem }: { readonly problem: string | null }) {
  if (problem === null) return null;
  return (
    <p class="note unread" role="status">
      <Icon tone="warn" silent /> The warehouse cannot be read, so the numbers are missing:{" "}
      {problem}
    </p>
  );
}
