import { Icon } from "../layout/icon.tsx";
import { type Frame, Page } from "../layout/page.tsx";

/** The page that asks for the password. `to` is the path to open after that. */
export function LoginPage({ frame, to, problem }: {
  readonly frame: Frame;
  readonly to: string;
  readonly problem?: string;
}) {
  return (
    <Page frame={frame} title="Log in">
      <form method="post" action="/login" class="login card">
        <h1>Log in</h1>
        <p class="sub">The dashboard of {frame.name}</p>
        {problem && (
          <p id="problem" class="problem" role="alert">
            <Icon tone="bad" silent />
            {problem}
          </p>
        )}
        {/* Password managers look for a name. */}
        <input type="text" name="username" autocomplete="username" value="dashboard" hidden />
        <input type="hidden" name="return" value={to} />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-invalid={problem ? "true" : undefined}
          aria-describedby={problem ? "problem" : undefined}
        />
        <button type="submit">Log in</button>
      </form>
    </Page>
  );
}
