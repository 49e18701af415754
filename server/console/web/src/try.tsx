// Try: a password is judged while it is typed. It is sent to the server, which
// neither records nor counts it, and kept nowhere.
import { useEffect, useState } from "preact/hooks";
import { get, request, type Policy, type Problem, type Segment, type Verdict } from "./api";
import { Guide } from "./guide";
import { advise, type Advice, attempts } from "./advice";
import { listName } from "./lists";
import { Button, Failure, Field, Notice, number, Page, useDelayed, useLoad } from "./ui";

const kinds: Record<string, string> = {
  character: "character", digits: "digits", term: "banned word", password: "common password", subject: "own name", sequence: "sequence", walk: "keyboard pattern",
  repeat: "repetition", date: "date", breached: "breached part",
};

const longest = 1024; // characters that any policy admits

export function Try({ credentials }: { credentials: boolean }) {
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [who, setWho] = useState({ account: "", name: "", policy: "", group: "", operation: "" });
  const [verdict, setVerdict] = useState<Verdict>();
  const [advice, setAdvice] = useState<Advice>();
  const [error, setError] = useState<Error>();
  const policies = useLoad(() => get<{ policies: Policy[] }>("/v1/policies"), []);
  const asked = useDelayed(JSON.stringify([password, who]), 150);

  useEffect(() => {
    const [text, w] = JSON.parse(asked);
    if (text === "") {
      setVerdict(undefined);
      setError(undefined);
      return;
    }
    if (text.length > 2 * longest || [...text].length > longest) {
      setError(new Error(`This is longer than ${number(longest)} characters, which no policy admits, and was not sent. Leave out a part of it.`));
      return;
    }
    let current = true;
    const check: Record<string, unknown> = {};
    if (w.account) check.account = w.account;
    if (w.name) check.names = [w.name];
    if (w.policy) check.policy = w.policy;
    if (w.group) check.groups = w.group.split(",").map((g: string) => g.trim()).filter(Boolean);
    if (w.operation) check.operation = w.operation;
    const ask = () =>
      request<{ verdicts: { after: Verdict }[] }>("POST", "/v1/simulate", { checks: [text, ...attempts(text)].map((password) => ({ ...check, password })) }, { "Accept-Language": "en" }).then(
        ({ verdicts: [first, ...others] }) => {
          if (current) {
            setVerdict(first.after);
            setAdvice(advise(first.after, others.map((o) => o.after)));
            setError(undefined);
          }
        },
        (e: Problem) => {
          if (current && e.status === 429) setTimeout(ask, 300); // another page tries something out
          else if (current) setError(e);
        },
      );
    ask();
    return () => {
      current = false;
    };
  }, [asked]);

  const field = (key: keyof typeof who) => ({
    value: who[key],
    autocomplete: "off",
    onInput: (e: Event) => setWho({ ...who, [key]: (e.target as HTMLInputElement).value }),
  });

  return (
    <Page title="Try a password">
      <Guide credentials={credentials} />
      <div class="columns">
        <section class="card grow">
          <Field label="Password" hint="Judged as you type. Nothing is stored, counted or logged.">
            <div class="with-button">
              <input
                id="password"
                type={shown ? "text" : "password"}
                value={password}
                maxLength={4 * longest}
                onInput={(e) => setPassword(e.currentTarget.value)}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                data-1p-ignore
                data-lpignore="true"
              />
              <Button aria-pressed={shown} onClick={() => setShown(!shown)}>
                {shown ? "Hide" : "Show"}
              </Button>
            </div>
          </Field>
          <div class="result" aria-live="polite">
            <Failure error={error} />
            {verdict && !error && <Result verdict={verdict} advice={advice} password={shown ? password : undefined} />}
            {!password && <p class="quiet">Try one of last year’s favorites, or a phrase of your own.</p>}
          </div>
        </section>
        <section class="card side">
          <h2>For whom</h2>
          <Field label="Account">
            <input {...field("account")} placeholder="jdoe" />
          </Field>
          <Field label="Display name">
            <input {...field("name")} placeholder="Jane Doe" />
          </Field>
          <Field label="Groups">
            <input {...field("group")} placeholder="Domain Admins, Tier 0" />
          </Field>
          <Field label="Policy">
            <select {...field("policy")}>
              <option value="">as the groups say</option>
              {policies.value?.policies.map((p) => <option>{p.name}</option>)}
            </select>
          </Field>
          <Field label="Operation">
            <select {...field("operation")}>
              <option value="">not known</option>
              <option value="set">set, as in a reset</option>
              <option value="change">change, by the person</option>
            </select>
          </Field>
        </section>
      </div>
    </Page>
  );
}

function Result({ verdict: v, advice, password }: { verdict: Verdict; advice?: Advice; password?: string }) {
  const refused = v.decision === "reject";
  const audited = v.would_decision === "reject";
  return (
    <>
      <Notice kind={refused ? "bad" : audited ? "warn" : "good"}>
        <strong>{refused ? "Refused" : audited ? "Accepted – enforcing would refuse it" : "Accepted"}</strong> <span class="quiet">by policy {v.policy}</span>
      </Notice>
      {v.explain && <Drawing verdict={v} password={password} />}
      {v.reasons.length > 0 && (
        <>
          <h2>Why</h2>
          <ul class="reasons">
            {merged(v).map((r) => (
              <li>
                <strong>It {r.message}</strong> {r.mode === "audit" && <span class="tag">only audited</span>}
                {r.lists.map((l) => (
                  <code class="tag">{listName(l)}</code>
                ))}
                {r.seen && <span class="quiet"> seen at least {number(r.seen)} times</span>}
                {r.advice && <p>{r.advice}</p>}
              </li>
            ))}
          </ul>
        </>
      )}
      {advice && (
        <>
          <h2>What would make it pass</h2>
          <p>
            {advice.words} {advice.example && <code class="example">{advice.example}</code>}
          </p>
        </>
      )}
    </>
  );
}

/** merged joins the causes of one code, which each have a place of their own. */
function merged(v: Verdict) {
  const all = new Map<string, { message: string; advice?: string; mode?: string; lists: string[]; seen?: number }>();
  for (const r of v.reasons) {
    const one = all.get(r.code) ?? { message: r.message, advice: r.advice, mode: r.mode, lists: [] };
    if (r.list && !one.lists.includes(r.list)) one.lists.push(r.list);
    one.seen = Math.max(one.seen ?? 0, r.seen_at_least ?? 0) || undefined;
    all.set(r.code, one);
  }
  return [...all.values()];
}

/** Drawing shows what the password consists of: for guessing programs a few parts. */
function Drawing({ verdict: v, password }: { verdict: Verdict; password?: string }) {
  const x = v.explain!;
  const runes = password === undefined ? undefined : [...password];
  const parts = joined(x.guesses.segments);
  const scale = Math.max(x.guesses.bits, x.guesses.required_bits, 1);
  return (
    <>
      <h2>How it is read</h2>
      <ol class="parts" aria-label="parts of the password">
        {parts.map((s) => (
          <li class={s.kind} style={{ flexGrow: s.span[1] - s.span[0] }}>
            <span class="glyphs">{runes ? runes.slice(...s.span).join("") : "•".repeat(s.span[1] - s.span[0])}</span>
            <span class="kind">{s.kind === "character" && s.span[1] - s.span[0] > 1 ? "characters" : (kinds[s.kind] ?? s.kind)}</span>
            <span class="cost">{cost(s.bits)}</span>
          </li>
        ))}
      </ol>
      <div class="meter" role="img" aria-label={`${guesses(x.guesses.bits)} guesses, ${guesses(x.guesses.required_bits)} are required`}>
        <span class={x.guesses.bits < x.guesses.required_bits ? "low" : "enough"} style={{ width: `${(100 * x.guesses.bits) / scale}%` }} />
        {x.guesses.required_bits > 0 && <i style={{ left: `${(100 * x.guesses.required_bits) / scale}%` }} />}
      </div>
      <p class="quiet">
        About {guesses(x.guesses.bits)} {x.guesses.bits < 0.5 ? "guess" : "guesses"}{x.guesses.required_bits > 0 && <>; the policy asks for {guesses(x.guesses.required_bits)}</>}.
      </p>
    </>
  );
}

/** joined draws neighboring single characters as one part. */
function joined(segments: Segment[]): Segment[] {
  const out: Segment[] = [];
  for (const s of segments) {
    const last = out.at(-1);
    if (last && last.kind === "character" && s.kind === "character") out[out.length - 1] = { ...last, span: [last.span[0], s.span[1]], bits: last.bits + s.bits };
    else out.push(s);
  }
  return out;
}

const cost = (bits: number) => `${bits.toFixed(1)} bits`;

/** guesses cuts the exponent as all other reports do: rounded, what is refused might seem enough. */
function guesses(bits: number) {
  const n = 2 ** bits;
  const tenths = Math.floor(bits * Math.LOG10E * Math.LN2 * 10 + 1e-6); // 14 digits stay 14 in spite of the arithmetic
  return n < 1e6 ? number(Math.round(n)) : `10^${(tenths / 10).toFixed(1)}`;
}
