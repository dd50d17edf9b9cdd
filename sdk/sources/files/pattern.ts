/**
 * Returns a test of names for a pattern: `*` is any part of a name, `**` also any folders, `?` a character, and
 * `{csv,txt}` a choice. Capital and small letters are the same.
 */
export function matcher(pattern: string): (name: string) => boolean {
  let depth = 0;
  const parts = pattern.match(/\*\*\/?|[^]/gu) ?? [];
  const source = parts.map((part) => {
    if (part === "{") return depth++, "(?:";
    if (part === "}" && depth > 0) return depth--, ")";
    if (part === "," && depth > 0) return "|";
    if (part === "**/") return "(?:[^]*/)?";
    if (part === "**") return "[^]*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return part.replace(/[\\^$.|+()[\]{}\/]/, "\\$&");
  }).join("");
  const expression = new RegExp(`^${source}${")".repeat(depth)}$`, "iu");
  return (name) => expression.test(name);
}
