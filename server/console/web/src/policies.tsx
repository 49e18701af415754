// Policies: the rules in plain words, their modes, and the figures that justify
// the next step.
import { useState } from "preact/hooks";
import { condition, get, policyPath, query, request, type Document_, type Policy, type PolicyChange, type Summary } from "./api";
import { type Outcomes, overall, percent, reasons, total } from "./outcomes";
import { Changes, Editor } from "./policyform";
import { differences, told } from "./rules";
import { Button, Dialog, Failure, NoStore, Notice, number, Page, plural, reasonName, Shares, useLoad, When } from "./ui";

const modes: Record<string, string> = {
  off: "nothing is judged",
  audit: "everything is accepted, and what enforcing would refuse is recorded",
  enforce: "what fails is refused",
};

const day = () => new Date(Date.now() - 86_400_000).toISOString();

const summaryOf = (name: string) => get<Summary>("/v1/audit:summary" + query({ policy: name, from: day() }));

/** fresh is a policy to begin with, behind all others. */
const fresh = (all: Policy[]): Policy => {
  const precedence = Math.max(0, ...all.map((p) => p.document.precedence ?? 0)) + 10;
  return { name: "", source: "", revision: 0, document: { name: "", profile: "default", mode: "audit", groups: [], precedence } };
};

/** Pending is a document whose mode would change, to be looked at first. */
type Pending = { document: Document_; save: () => void };

export function Policies({ store }: { store: boolean }) {
  const policies = useLoad(() => get<{ policies: Policy[] }>("/v1/policies"), []);
  const [open, setOpen] = useState<{ policy: Policy; what: "edit" | "history" }>();
  const [pending, setPending] = useState<Pending>();
  const [done, setDone] = useState<PolicyChange>();
  const [error, setError] = useState<unknown>();
  const [others, setOthers] = useState(false);
  const all = policies.value?.policies ?? [];
  const close = () => setOpen(undefined);
  const changed = (c: PolicyChange) => {
    setError(undefined);
    setPending(undefined);
    close();
    setDone(c);
    policies.reload();
  };
  const put = (d: Document_, revision: number) => request<PolicyChange>("PUT", policyPath(d.name), d, condition(revision)).then(changed, (e) => (setPending(undefined), setError(e), policies.reload()));
  const enforce = (d: Document_, save: () => void) => {
    const before = all.find((p) => p.name === d.name)?.document.mode;
    if (before === undefined || before === (d.mode ?? "enforce")) return false;
    setPending({ document: d, save: () => (setPending(undefined), save()) });
    return true;
  };
  const used = (p: Policy) => p === all[0] || p.source === "store" || (p.document.groups ?? []).length > 0;
  const card = (p: Policy) => (
    <Card
      key={p.name}
      policy={p}
      first={p === all[0]}
      store={store}
      open={(what) => setOpen({ policy: p, what })}
      change={(mode) => setPending({ document: { ...p.document, mode }, save: () => put({ ...p.document, mode }, p.revision) })}
    />
  );
  return (
    <Page title="Policies" actions={store && <Button onClick={() => setOpen({ policy: fresh(all), what: "edit" })}>New policy</Button>}>
      <p class="quiet">People are judged by the policy for one of their groups, of several by that with the lowest precedence; everybody else by the first.</p>
      {!store && <NoStore />}
      <Failure error={policies.error} again={policies.reload} />
      <Failure error={error} />
      {done && <Done change={done} undone={changed} />}
      {all.filter(used).map(card)}
      {all.length > 0 && !all.every(used) && (
        <details class="others" onToggle={(e) => setOthers(e.currentTarget.open)}>
          <summary>{plural(all.filter((p) => !used(p)).length, "policy", "policies")} without groups, which hold only where a request names them</summary>
          {others && all.filter((p) => !used(p)).map(card)}
        </details>
      )}
      {open?.what === "edit" && <Editor policy={open.policy} close={close} changed={changed} enforce={enforce} />}
      {open?.what === "history" && <History policy={open.policy} close={close} changed={changed} />}
      {pending && <ModeChange pending={pending} close={() => setPending(undefined)} />}
    </Page>
  );
}

/** ModeChange shows what a mode would mean before it is in force. */
function ModeChange({ pending: { document: d, save }, close }: { pending: Pending; close: () => void }) {
  const summary = useLoad(() => summaryOf(d.name), [d.name]);
  const [busy, setBusy] = useState(false);
  const mode = d.mode ?? "enforce";
  return (
    <Dialog title={`Switch ${d.name} to ${mode}?`} close={close}>
      <p>
        {mode[0].toUpperCase() + mode.slice(1)}: {modes[mode]}. It takes effect at once, and can be undone.
      </p>
      {summary.error ? <p class="quiet">The audit cannot be read, so there are no figures: {(summary.error as Error).message}.</p> : <Figures summary={summary.value} />}
      {mode === "enforce" && summary.value && total(overall(summary.value.operations)) === 0 && (
        <Notice kind="warn">No decision was recorded in this time: nothing tells how many people this would hit. Audit it for a while first.</Notice>
      )}
      <footer>
        <Button onClick={close}>Leave it as it is</Button>
        <Button kind={mode === "off" ? "danger" : "main"} disabled={busy} onClick={() => (setBusy(true), save())}>
          Switch to {mode}
        </Button>
      </footer>
    </Dialog>
  );
}

function Done({ change: c, undone }: { change: PolicyChange; undone: (c: PolicyChange) => void }) {
  const [error, setError] = useState<unknown>();
  const undo = () =>
    (c.before
      ? request<PolicyChange>("POST", policyPath(c.policy) + "/rollback", { revision: c.before }, condition(c.revision))
      : request<PolicyChange>("DELETE", policyPath(c.policy), undefined, condition(c.revision))
    ).then(undone, setError);
  return (
    <>
      <Notice kind="good">
        Policy {c.policy} is in force as changed <When time={c.time} />. {c.action !== "delete" && <Button onClick={undo}>Undo</Button>}
      </Notice>
      <Failure error={error} again={undo} />
    </>
  );
}

type CardProps = { policy: Policy; first: boolean; store: boolean; open: (what: "edit" | "history") => void; change: (mode: string) => void };

function Card({ policy: p, first, store, open, change }: CardProps) {
  const mode = p.document.mode as string;
  const groups: string[] = p.document.groups ?? [];
  const summary = useLoad(() => summaryOf(p.name), [p.name]);
  return (
    <section class="card policy" aria-labelledby={"policy-" + p.name}>
      <header>
        <h2 id={"policy-" + p.name}>{p.name}</h2>
        {first && <span class="tag">for everybody else</span>}
        {groups.map((g) => (
          <span class="tag">{g}</span>
        ))}
        {groups.length > 0 && <span class="quiet">precedence {p.document.precedence ?? 0}</span>}
        <span class="spring" />
        <div class="switch" role="group" aria-label={"mode of " + p.name}>
          {Object.entries(modes).map(([m, title]) => (
            <button type="button" title={title} class={m} aria-pressed={m === mode} disabled={!store && m !== mode} onClick={() => m !== mode && change(m)}>
              {m}
            </button>
          ))}
        </div>
        {store && (
          <Button onClick={() => open("edit")} aria-label={"Edit " + p.name}>
            Edit
          </Button>
        )}
        {p.source === "store" && (
          <Button onClick={() => open("history")} aria-label={"History of " + p.name}>
            History
          </Button>
        )}
      </header>
      <div class="columns">
        <ul class="rules grow">
          {told(p.document).map(([text, m]) => (
            <li>
              {text} {m === "audit" && <span class="tag">only audited</span>}
            </li>
          ))}
        </ul>
        <div class="side">
          <Figures summary={summary.value} policy={p.name} />
        </div>
      </div>
      <p class="quiet">
        {p.source === "store" ? (
          <>
            Changed here <When time={p.updated} /> by {p.author || "nobody"}, revision {p.revision}.
          </>
        ) : (
          `As in the configuration${store ? "; a change here overrides it" : ""}.`
        )}
      </p>
    </section>
  );
}

/** History has the versions of a policy, and the ways back. */
function History({ policy: p, close, changed }: { policy: Policy; close: () => void; changed: (c: PolicyChange) => void }) {
  const history = useLoad(() => get<{ changes: PolicyChange[] }>(policyPath(p.name) + "/history"), [p.name]);
  const [error, setError] = useState<unknown>();
  const all = history.value?.changes ?? [];
  const back = (revision: number) => request<PolicyChange>("POST", policyPath(p.name) + "/rollback", { revision }, condition(p.revision)).then(changed, setError);
  const reset = () => request<PolicyChange>("DELETE", policyPath(p.name), undefined, condition(p.revision)).then(changed, setError);
  return (
    <Dialog title={"History of " + p.name} close={close}>
      <Failure error={history.error ?? error} again={history.reload} />
      <ol class="history">
        {all.map((c, i) => (
          <li>
            <div>
              <strong>{c.action === "delete" ? "Back to the configuration" : c.action === "restore" ? "Restored" : "Changed"}</strong> <When time={c.time} /> by {c.actor || "nobody"}
              <span class="quiet"> · revision {c.revision}</span>
              {c.document && all[i + 1]?.document && <Changes steps={differences(all[i + 1].document!, c.document)} />}
            </div>
            <div class="actions">{c.revision !== p.revision && c.action !== "delete" && <Button onClick={() => back(c.revision)}>Go back to this</Button>}</div>
          </li>
        ))}
      </ol>
      <footer>
        <span class="quiet">Without what was set here, the policy of this name in the configuration holds; if it has none, there is none.</span>
        <Button kind="danger" onClick={reset}>
          Back to the configuration
        </Button>
      </footer>
    </Dialog>
  );
}

/** Figures of the last day say whether the next step would hurt; with a policy they lead to its records. */
function Figures({ summary, policy }: { summary?: Summary; policy?: string }) {
  if (!summary) return null;
  const all = overall(summary.operations);
  const n = total(all);
  return (
    <div class="figures">
      <h3>Last 24 hours</h3>
      {n === 0 ? (
        <p class="quiet">No decision recorded.</p>
      ) : (
        <>
          <p>
            {plural(n, "decision")}: {number(all.reject)} refused
            {all.audit_only > 0 && <>, {number(all.audit_only)} would have been</>} <span class="quiet">({percent(all.reject + all.audit_only, n)})</span>{" "}
            {policy && <a href={"#/activity" + query({ policy })}>Look at them</a>}
          </p>
          <Shares rows={top(reasons(summary.operations))} all={false} />
        </>
      )}
    </div>
  );
}

export const top = (counts: Record<string, Outcomes>, n = 6) =>
  Object.entries(counts)
    .sort((a, b) => total(b[1]) - total(a[1]))
    .slice(0, n)
    .map(([code, outcomes]) => ({ name: reasonName(code), outcomes }));
