// The first steps on an empty installation.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { get, type ListInfo, Problem, type Record_ } from "./api";
import { Button, Example, useLoad } from "./ui";

/** Progress tells what was done, and whether records are kept that tell of checks. */
interface Progress { list: boolean; check: boolean; kept: boolean }

async function progress(): Promise<Progress> {
  const { lists } = await get<{ lists: ListInfo[] }>("/v1/lists");
  const checks = await get<{ records: Record_[] }>("/v1/audit?kind=decision&limit=1").then(
    (page) => ({ check: page.records.length > 0, kept: true }),
    (e) => ({ check: false, kept: !(e instanceof Problem && e.status === 501) }),
  );
  return { list: lists.some((l) => l.name.startsWith("custom/") && l.entries > 0), ...checks };
}

/** Guide shows the way until it was gone, or is sent away. */
export function Guide({ credentials }: { credentials: boolean }) {
  const [away, setAway] = useState(localStorage.getItem("guided") !== null);
  const now = useLoad(progress, []).value;
  if (away || !now || (now.list && now.check)) return null;
  const leave = () => (localStorage.setItem("guided", "1"), setAway(true));
  return (
    <section class="card guide" aria-label="first steps">
      <header class="page">
        <h2>First steps</h2>
        <Button onClick={leave}>I know my way</Button>
      </header>
      <ol>
        <Step done={now.list} title="Ban your own words">
          <p>
            The name of the company, its products and places: attackers try them first. <a href="#/lists">Make the first list</a>.
          </p>
        </Step>
        <Step done={now.check} title="Ask for a check">
          <Example credentials={credentials} />
          {now.kept ? (
            <p>
              Then it is in <a href="#/activity">Activity</a>, without the password. Below, nothing is recorded.
            </p>
          ) : (
            <p>
              This server keeps no records: <a href="#/activity">Activity</a> says how it does.
            </p>
          )}
        </Step>
        <Step done={false} title="Connect the first client">
          <p>
            A reset portal asks <code>POST /v1/check</code> and acts on <code>decision</code>; on a domain controller <code>veto sidecar</code> does. Give each a token of its own: <code>veto token new</code>. Begin with the{" "}
            <a href="#/policies">policy</a> in audit, and enforce when the figures please you.
          </p>
        </Step>
      </ol>
    </section>
  );
}

function Step({ done, title, children }: { done: boolean; title: string; children: ComponentChildren }) {
  return (
    <li class={done ? "done" : ""}>
      <h3>
        {title} {done && <span class="mark good">✓ done</span>}
      </h3>
      {children}
    </li>
  );
}
