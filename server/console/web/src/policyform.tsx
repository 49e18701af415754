// The form of a policy: the common rules by fields, everything by its document.
import { useState } from "preact/hooks";
import { condition, get, policyPath, request, type Document_, type Policy, type PolicyChange, Problem } from "./api";
import { differences, type Rule, rules, type Step } from "./rules";
import { Button, Dialog, Failure, Field } from "./ui";

const profiles = ["default", "strict", "entra", "nist", "asvs"];

export function Changes({ steps }: { steps: Step[] }) {
  return (
    <ul class="steps">
      {steps.map((s) => (
        <li>
          <code>{s.key}</code> <del>{s.from}</del> <ins>{s.to}</ins>
        </li>
      ))}
    </ul>
  );
}

type EditorProps = { policy: Policy; close: () => void; changed: (c: PolicyChange) => void; enforce: (d: Document_, save: () => void) => boolean };

/** Editor edits the text of the document; the fields above are a view of it. */
export function Editor({ policy, close, changed, enforce }: EditorProps) {
  const [base, setBase] = useState(policy);
  const [text, setText] = useState(JSON.stringify(policy.document, null, 2));
  const [error, setError] = useState<unknown>();
  const document = parsed(text);
  const set = (d: Document_) => (setError(undefined), setText(JSON.stringify(d, null, 2)));
  const steps = document ? differences(base.document, document) : [];
  const isNew = policy.name === "";
  const store = async () => {
    setError(undefined);
    try {
      changed(await request<PolicyChange>("PUT", policyPath(document!.name), document, condition(base.revision)));
    } catch (e) {
      setError(e);
    }
  };
  const save = (e: Event) => {
    e.preventDefault();
    if (!document) return setError(new Error("The document is not well-formed JSON: " + malformed(text)));
    if (enforce(document, store)) return;
    store();
  };
  const look = () => get<Policy>(policyPath(policy.name)).then((p) => (setBase(p), setError(undefined)), setError);
  return (
    <Dialog title={isNew ? "New policy" : "Policy " + policy.name} close={close} wide>
      <form onSubmit={save}>
        {document ? <Form document={document} set={set} isNew={isNew} /> : <p class="bad">The document below is not well-formed JSON: {malformed(text)}</p>}
        <details>
          <summary>Advanced: the document</summary>
          <p class="quiet">As veto.yaml has it, in JSON. Keys that are left out have the values of the profile. A wrong value is refused and nothing changes.</p>
          <textarea class="code" rows={16} aria-label="document" value={text} onInput={(e) => setText(e.currentTarget.value)} spellcheck={false} />
        </details>
        {!isNew && steps.length > 0 && (
          <section aria-label="what changes">
            <h3>What changes</h3>
            <Changes steps={steps} />
          </section>
        )}
        {isNew && document?.mode === "audit" && <p class="quiet">It begins in audit: nothing is refused by it until you switch it to enforce.</p>}
        <footer>
          <Failure error={error} />
          {error instanceof Problem && error.status === 412 && !isNew && <Button onClick={look}>Look at the current one</Button>}
          <Button type="submit" kind="main" disabled={!isNew && document !== undefined && steps.length === 0}>
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function parsed(text: string): Document_ | undefined {
  try {
    const d = JSON.parse(text);
    return d !== null && typeof d === "object" && !Array.isArray(d) ? d : undefined;
  } catch {
    return undefined;
  }
}

function malformed(text: string) {
  try {
    JSON.parse(text);
    return "it is no object.";
  } catch (e) {
    return (e as Error).message;
  }
}

function Form({ document: d, set, isNew }: { document: Document_; set: (d: Document_) => void; isNew: boolean }) {
  return (
    <>
      <div class="row">
        {isNew && (
          <Field label="Name">
            <input required value={d.name ?? ""} onInput={(e) => set({ ...d, name: e.currentTarget.value })} autocomplete="off" />
          </Field>
        )}
        {isNew && (
          <Field label="Starts from the profile">
            <select value={d.profile} onChange={(e) => set({ ...d, profile: e.currentTarget.value })}>
              {profiles.map((p) => (
                <option>{p}</option>
              ))}
            </select>
          </Field>
        )}
        <Field label="Precedence, the lowest decides">
          <input type="number" min={0} max={1_000_000} value={d.precedence ?? 0} onInput={(e) => set({ ...d, precedence: Number(e.currentTarget.value) })} />
        </Field>
      </div>
      <Field label="Groups, one per line" hint="Members are judged by it; a policy without groups only where a request names it, or as the first.">
        <textarea rows={2} value={(d.groups ?? []).join("\n")} onChange={(e) => set({ ...d, groups: e.currentTarget.value.split("\n").filter((g) => g.trim() !== "") })} spellcheck={false} />
      </Field>
      <fieldset class="form-rules">
        <legend>Rules</legend>
        {rules.map((r) => (
          <RuleRow key={r.key} rule={r} document={d} set={set} />
        ))}
      </fieldset>
    </>
  );
}

function RuleRow({ rule: r, document: d, set }: { rule: Rule; document: Document_; set: (d: Document_) => void }) {
  const value = d[r.key] as Document_ | undefined;
  const mode = value ? (value.mode ?? "enforce") : "";
  const change = (to: string) => {
    const { [r.key]: was, ...rest } = d;
    set(to === "" ? rest : { ...rest, [r.key]: to === "off" ? { mode: "off" } : { ...r.on, ...was, mode: to } });
  };
  return (
    <div class="form-rule" role="group" aria-label={r.title}>
      <span class="label">{r.title}</span>
      <select aria-label={"mode of " + r.title} value={mode} onChange={(e) => change(e.currentTarget.value)}>
        {(!value || d.profile) && <option value="">as the profile</option>}
        <option value="off">off</option>
        <option value="audit">audit</option>
        <option value="enforce">enforce</option>
      </select>
      {mode !== "" && mode !== "off" &&
        r.inputs.map((i) => (
          <label class="input">
            <input
              type="number"
              min={0}
              max={i.most}
              step={i.step ?? 1}
              value={value![i.name] ?? 0}
              onInput={(e) => e.currentTarget.value !== "" && set({ ...d, [r.key]: { ...value, [i.name]: Number(e.currentTarget.value) } })}
            />
            {i.words}
          </label>
        ))}
    </div>
  );
}
