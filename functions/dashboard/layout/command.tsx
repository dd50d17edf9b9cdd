/** A command to type. The script shows its Copy button. */
export function Command({ text }: { readonly text: string }) {
  return (
    <span class="cmd">
      <code>{text}</code>
      <button type="button" data-copy={text} hidden>
        Copy<span class="vh">{` ${text}`}</span>
      </button>
    </span>
  );
}
