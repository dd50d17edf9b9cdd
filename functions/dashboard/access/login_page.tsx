import type { Assets } from "../assets.ts";
import { Page } from "../layout/page.tsx";

/** The page that asks for the password. `to` is the path to open after that. */
export function LoginPage({ assets, name, now, to, problem }: {
  readonly assets: Assets;
  readonly name: string;
  readonly now: Date;
  readonly to: string;
  readonly problem?: string;
}) {
  const frame = { assets, name, sections: [], now, canSignOut: false };
  return (
    <Page frame={frame} title="Log in">
      <form method="post" action="/login" class="login card">
        <h1>Log in to {name}</h1>
        <p class="sub">Freshness, sales and the catalogue of this warehouse.</p>
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
        {problem && <p id="problem" class="problem" role="alert">{problem}</p>}
        <button type="submit" class="primary">Log in</button>
      </form>
    </Page>
  );
}
