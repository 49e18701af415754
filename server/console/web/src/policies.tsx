// Policies: the rules in plain words, their modes, and the figures that justify
// the next step.
import { useState } from "preact/hooks";
import { condition, get, query, request, type Count, type Policy, type Summary } from "./api";
import { Bars, Button, Dialog, Failure, number, Page, plural, reasonName, useLoad, When } from "./ui";

const modes: [string, string][] = [
  ["off", "Off: nothing is judged"],
  ["audit", "Audit: everything is accepted, and what enforcing would refuse is recorded"],
  ["enforce", "Enforce: what fails is refused"],
];

const day = () => new Date(Date.now() - 86_400_000).toISOString();

export function Policies() {
  const policies = useLoad(() => get<{ policies: Policy[] }>("/v1/policies"), []);
  const [editing, setEditing] = useState<Policy>();
  const all = policies.value?.policies ?? [];
  const changed = () => {
    setEditing(undefined);
    policies.reload();
  };
  return (
    <Page title="Policies" actions={<Button onClick={() => setEditing({ name: "", source: "", revision: 0, document: { name: "", profile: "default", groups: [] } })}>New policy</Button>}>
      <p class="quiet">
        Of the policies for a person’s groups the one of the lowest precedence decides; without one, the first.
      </p>
      <Failure error={policies.error} again={policies.reload} />
      {all.map((p, i) => (
        <Card key={p.name} policy={p} first={i === 0} edit={() => setEditing(p)} changed={changed} />
      ))}
      {editing && <Editor policy={editing} close={() => setEditing(undefined)} changed={changed} />}
    </Page>
  );
}

const path = (name: string) => "/v1/policies/" + encodeURIComponent(name);

function Card({ policy: p, first, edit, changed }: { policy: Policy; first: boolean; edit: () => void; changed: () => void }) {
  const [error, setError] = useState<unknown>();
  const mode = p.document.mode as string;
  const summary = useLoad(() => get<Summary>("/v1/audit:summary" + query({ policy: p.name, from: day() })), [p.name]);
  const change = async (to: string) => {
    try {
      await request("PUT", path(p.name), { ...p.document, mode: to }, condition(p.revision));
      changed();
    } catch (e) {
      setError(e);
    }
  };
  const reset = async () => {
    try {
      await request("DELETE", path(p.name), undefined, condition(p.revision));
      changed();
    } catch (e) {
      setError(e);
    }
  };
  return (
    <section class="card policy" aria-labelledby={"policy-" + p.name}>
      <header>
        <h2 id={"policy-" + p.name}>{p.name}</h2>
        {first && <span class="tag">for everybody else</span>}
        {(p.document.groups ?? []).map((g: string) => (
          <span class="tag">{g}</span>
        ))}
        {(p.document.groups ?? []).length > 0 && <span class="quiet">precedence {p.document.precedence ?? 0}</span>}
        <span class="spring" />
        <div class="switch" role="radiogroup" aria-label={"mode of " + p.name}>
          {modes.map(([m, title]) => (
            <label title={title} class={m}>
              <input type="radio" name={"mode-" + p.name} checked={m === mode} onChange={() => change(m)} />
              {m}
            </label>
          ))}
        </div>
        <Button onClick={edit}>Edit</Button>
      </header>
      <Failure error={error} />
      <div class="columns">
        <ul class="rules grow">
          {rules(p.document).map(([text, m]) => (
            <li>
              {text}
              {m === "audit" && <span class="tag">only audited</span>}
            </li>
          ))}
        </ul>
        <Figures summary={summary.value} mode={mode} />
      </div>
      <p class="quiet">
        {p.source === "store" ? (
          <>
            Changed here <When time={p.updated} /> by {p.author || "nobody"}, revision {p.revision}. <Button onClick={reset}>Back to the configuration</Button>
          </>
        ) : (
          "As in the configuration; a change here overrides it."
        )}
      </p>
    </section>
  );
}

/** Figures of the last day say whether the next step would hurt. */
function Figures({ summary, mode }: { summary?: Summary; mode: string }) {
  if (!summary) return null;
  const all = Object.values(summary.operations).reduce<Count>(add, { pass: 0, reject: 0, audit_only: 0, undecided: 0 });
  const total = all.pass + all.reject + all.audit_only + all.undecided;
  const by = mode === "enforce" ? all.rejected_by : all.audited_by;
  return (
    <div class="side">
      <h3>Last 24 hours</h3>
      {total === 0 ? (
        <p class="quiet">No decision recorded.</p>
      ) : (
        <>
          <p>
            {plural(total, "decision")}: {number(all.reject)} refused
            {all.audit_only > 0 && <>, {number(all.audit_only)} would have been</>} <span class="quiet">({percent(all.reject + all.audit_only, total)})</span>
          </p>
          <Bars rows={top(by ?? {})} kind={mode === "enforce" ? "bad" : "warn"} />
        </>
      )}
    </div>
  );
}

const percent = (n: number, of: number) => ((100 * n) / of).toFixed(1) + " %";

const add = (a: Count, b: Count): Count => ({
  pass: a.pass + b.pass,
  reject: a.reject + b.reject,
  audit_only: a.audit_only + b.audit_only,
  undecided: a.undecided + b.undecided,
  rejected_by: sum(a.rejected_by, b.rejected_by),
  audited_by: sum(a.audited_by, b.audited_by),
});

const sum = (a: Record<string, number> = {}, b: Record<string, number> = {}) => {
  const out = { ...a };
  for (const [k, v] of Object.entries(b)) out[k] = (out[k] ?? 0) + v;
  return out;
};

export const top = (counts: Record<string, number>, n = 6) =>
  Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .slice(0, n)
    .map(([code, value]) => ({ name: reasonName(code), value }));

/** rules tells a policy's document in plain words, each rule with its mode. */
function rules(d: Record<string, any>): [string, string][] {
  const out: [string, string][] = [];
  const say = (key: string, text: string | false | undefined) => text && d[key]?.mode !== "off" && out.push([text, d[key]?.mode]);
  const { length: l, score: s, classes: c, old: o, repeats: r, sequences: q, points: p } = d;
  say("length", l && `${l.min ?? 0} to ${l.max} characters`);
  say("score", s?.guesses_log10 > 0 && `a guessing program needs at least 10^${s.guesses_log10} guesses`);
  say("score", s?.points > 0 && `at least ${s.points} points`);
  say("listed", d.listed?.refuse && "not a commonly used password");
  say("banned", d.banned?.ignore ? "banned words are ignored" : "banned words count against the password, in any spelling");
  say("near", d.near?.refuse && "not a banned word with one slip");
  say("names", d.names?.refuse && "no name of the person, the account or the organization inside");
  say("breached", d.breached && `not in a breach corpus${d.breached.min_count > 1 ? `, seen ${d.breached.min_count} times or more` : ""}`);
  say("complexity", d.complexity && "complexity as in Active Directory: three of five kinds of characters");
  say("classes", c && `at least ${c.min ?? 0} kinds of characters`);
  say("points", p && "points by character");
  say("repeats", r && `no character more than ${r.max} times in a row`);
  say("sequences", q && `no more than ${q.max} characters that follow each other`);
  say("old", o && "nothing like the old password");
  for (const e of d.patterns ?? []) out.push([e.deny ? `no match of ${e.deny}` : `a match of ${e.require}`, e.mode]);
  if (d.characters?.mode !== "off" && d.characters?.allowed) out.push([`only the characters ${d.characters.allowed}`, d.characters.mode]);
  return out;
}

function Editor({ policy: p, close, changed }: { policy: Policy; close: () => void; changed: () => void }) {
  const [text, setText] = useState(JSON.stringify(p.document, null, 2));
  const [error, setError] = useState<unknown>();
  const save = async (e: Event) => {
    e.preventDefault();
    try {
      const document = JSON.parse(text);
      await request("PUT", path(document.name), document, condition(p.revision));
      changed();
    } catch (e) {
      setError(e instanceof SyntaxError ? new Error("This is not well-formed JSON: " + e.message) : e);
    }
  };
  return (
    <Dialog title={p.name ? "Policy " + p.name : "New policy"} close={close}>
      <form onSubmit={save}>
        <p class="quiet">
          The document as veto.yaml has it, in JSON. Keys that are left out have the values of <code>profile</code>. A wrong value is refused and nothing changes.
        </p>
        <textarea class="code" rows={22} aria-label="document" value={text} onInput={(e) => setText(e.currentTarget.value)} spellcheck={false} />
        <Failure error={error} />
        <footer>
          <Button type="submit" kind="main">
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
