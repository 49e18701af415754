// The console: pages by the address behind #, sign-in, themes.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Activity } from "./activity";
import { get, type Problem, request, type Session } from "./api";
import { Fleet } from "./fleet";
import { Health } from "./health";
import { List, Lists } from "./lists";
import { Policies } from "./policies";
import { Try } from "./try";
import { Button, Failure, Field, Notice } from "./ui";

const pages: [string, string, string][] = [
  ["try", "Try", "M4 12l5 5L20 6"],
  ["lists", "Lists", "M5 6h14M5 12h14M5 18h9"],
  ["policies", "Policies", "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z"],
  ["activity", "Activity", "M3 17l5-6 4 3 5-8 4 5"],
  ["fleet", "Fleet", "M4 5h16v5H4zM4 14h16v5H4zM7 7.5h.01M7 16.5h.01"],
  ["health", "Health", "M3 12h4l3-7 4 14 3-7h4"],
];

function App() {
  const [session, setSession] = useState<Session>();
  const [error, setError] = useState<unknown>();
  const [signedOut, setSignedOut] = useState(false);
  const [route, setRoute] = useState(location.hash);
  const load = () =>
    get<Session>("/v1/session").then(
      (s) => {
        setSession(s);
        setSignedOut(false);
        setError(undefined);
      },
      (e: Problem) => (e.status === 401 ? setSignedOut(true) : setError(e)),
    );
  useEffect(() => {
    load();
    const out = () => setSignedOut(true);
    const go = () => setRoute(location.hash);
    addEventListener("hashchange", go);
    addEventListener("signed-out", out);
    return () => {
      removeEventListener("hashchange", go);
      removeEventListener("signed-out", out);
    };
  }, []);

  if (error) {
    return (
      <main class="alone">
        <Failure error={error} again={load} />
      </main>
    );
  }
  if (signedOut && !session) return <SignIn done={load} />;
  if (!session) return null;
  const [path, search = ""] = route.split("?");
  const [, page = "", rest = ""] = path.split("/");
  const current = pages.some(([p]) => p === page) ? page : "try";
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => (e.preventDefault(), document.querySelector<HTMLElement>("h1")?.focus())}>
        To the content
      </a>
      <nav aria-label="pages">
        <a class="brand" href="#/try" aria-label="Veto">
          <Logo /> Veto
        </a>
        {pages.map(([p, name, d]) => (
          <a href={"#/" + p} aria-current={p === current ? "page" : undefined}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d={d} />
            </svg>
            <span>{name}</span>
          </a>
        ))}
        <span class="spring" />
        <Theme />
        {session.credentials && <SignOut session={session} done={() => (setSession(undefined), setSignedOut(true))} />}
      </nav>
      <main id="main">
        {!session.credentials && <Open session={session} />}
        {signedOut && (
          <Notice kind="warn">
            Your session has ended. What you entered is still here: sign in again in <a href="/" target="_blank" rel="noopener">another tab</a>, then go on. <Button onClick={load}>Signed in again</Button>
          </Notice>
        )}
        <Content page={current} rest={decoded(rest)} search={search} session={session} />
      </main>
    </>
  );
}

/** decoded returns what was escaped for an address, "" if it was not. */
function decoded(text: string) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

type ContentProps = { page: string; rest: string; search: string; session: Session };

function Content({ page, rest, search, session }: ContentProps) {
  switch (page) {
    case "lists":
      return rest ? <List key={rest} name={rest} made={search === "made"} /> : <Lists store={session.store} />;
    case "policies":
      return <Policies store={session.store} />;
    case "activity":
      return <Activity search={search} credentials={session.credentials} />;
    case "fleet":
      return <Fleet search={search} />;
    case "health":
      return <Health session={session} />;
  }
  return <Try credentials={session.credentials} />;
}

/** Open says once that there are no credentials, and what everybody may do. */
function Open({ session }: { session: Session }) {
  const [seen, setSeen] = useState(localStorage.getItem("open-seen") !== null);
  if (seen) return null;
  return (
    <Notice kind="info">
      No tokens are configured, so everybody on this machine may use this page, and nobody else.{" "}
      {!session.scopes.some((s) => s.startsWith("lists")) && <>They may not change anything: {session.scopes.join(", ")}. For more, name a file of tokens as <code>access.tokens</code> and sign in with one. </>}
      <code>veto token new</code> makes one.{" "}
      <Button onClick={() => (localStorage.setItem("open-seen", "1"), setSeen(true))}>Understood</Button>
    </Notice>
  );
}

function SignIn({ done }: { done: () => void }) {
  const [token, setToken] = useState("");
  const [error, setError] = useState<unknown>();
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await request("POST", "/v1/session", { token: token.trim() });
      setToken("");
      done();
    } catch (e) {
      setError((e as Problem).status === 401 ? new Error("This token is not known, or no longer.") : e);
    }
  };
  useEffect(() => {
    document.title = "Sign in – Veto";
  }, []);
  return (
    <main class="alone">
      <form class="card" onSubmit={submit}>
        <h1>
          <Logo /> Veto
        </h1>
        <Field label="Token" hint={<>From <code>veto token new</code>, or from who runs this server.</>}>
          <input type="password" value={token} onInput={(e) => setToken(e.currentTarget.value)} autocomplete="off" required autofocus />
        </Field>
        <Failure error={error} />
        <Button type="submit" kind="main">
          Sign in
        </Button>
      </form>
    </main>
  );
}

function SignOut({ session, done }: { session: Session; done: () => void }) {
  return (
    <div class="who">
      <span title={session.scopes.join(", ")}>{session.name}</span>
      <Button onClick={() => request("DELETE", "/v1/session").finally(done)}>Sign out</Button>
    </div>
  );
}

function Theme() {
  const [theme, set] = useState(localStorage.getItem("theme") ?? "");
  useEffect(() => {
    if (theme) {
      document.documentElement.dataset.theme = theme;
      localStorage.setItem("theme", theme);
    } else {
      delete document.documentElement.dataset.theme;
      localStorage.removeItem("theme");
    }
  }, [theme]);
  return (
    <label class="theme">
      <span class="hidden">Theme</span>
      <select value={theme} onChange={(e) => set(e.currentTarget.value)}>
        <option value="">Theme: system</option>
        <option value="light">Theme: light</option>
        <option value="dark">Theme: dark</option>
      </select>
    </label>
  );
}

const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" />
    <path d="M8 9l8 15 8-15" />
  </svg>
);

render(<App />, document.getElementById("app")!);
