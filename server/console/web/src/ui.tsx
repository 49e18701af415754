// Parts that several pages are made of.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./api";
import { type Outcomes, percent, total } from "./outcomes";

export const number = (n: number) => n.toLocaleString("en-US");

export const plural = (n: number, one: string, many = one + "s") => `${number(n)} ${n === 1 ? one : many}`;

/** When tells a time as people do, with the exact one in its title. */
export function When({ time }: { time?: string }) {
  if (!time) return <span class="quiet">never</span>;
  const at = new Date(time);
  return (
    <time dateTime={time} title={at.toLocaleString()}>
      {ago(at)}
    </time>
  );
}

/** span tells a number of seconds in the largest unit that fits. */
export function span(seconds: number): string {
  for (const [size, unit] of [[86400, "day"], [3600, "hour"], [60, "minute"]] as const) if (seconds >= size) return plural(Math.floor(seconds / size), unit);
  return plural(Math.floor(seconds), "second");
}

function ago(at: Date): string {
  const seconds = (at.getTime() - Date.now()) / 1000;
  const units: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86400], ["hour", 3600], ["minute", 60]];
  if (Math.abs(seconds) > 30 * 86400) return at.toLocaleDateString("en", { dateStyle: "medium" });
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of units) if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  return "just now";
}

type ButtonProps = JSX.HTMLAttributes<HTMLButtonElement> & { kind?: "main" | "danger" | "plain"; disabled?: boolean; type?: "submit" | "button" };

export function Button({ kind = "plain", class: more, ...rest }: ButtonProps) {
  return <button type="button" {...rest} class={`button ${kind} ${more ?? ""}`} />;
}

export function Notice({ kind, children }: { kind: "good" | "bad" | "warn" | "info"; children: ComponentChildren }) {
  return (
    <div class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      {children}
    </div>
  );
}

/** Failure tells what went wrong and, where there is one, the way out. */
export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  if (!error) return null;
  const p = error instanceof Problem ? error : undefined;
  return (
    <Notice kind="bad">
      <p>
        {wayOut(p) ?? String(error instanceof Error ? error.message : error)}
        {p?.status === 401 && (
          <>
            {" "}
            <a href="/" target="_blank" rel="noopener">
              Sign in
            </a>
          </>
        )}
        {again && (!p || [0, 401, 429].includes(p.status) || (p.status >= 500 && p.status !== 501)) && (
          <>
            {" "}
            <Button onClick={again}>Try again</Button>
          </>
        )}
      </p>
      {p && p.invalid.length > 0 && (
        <ul>
          {p.invalid.slice(0, 10).map((i) => (
            <li>
              <code>{i.place}</code> {i.detail}
            </li>
          ))}
          {p.invalid.length + p.more > 10 && <li>and {number(Math.max(p.invalid.length - 10, 0) + p.more)} more</li>}
        </ul>
      )}
    </Notice>
  );
}

function wayOut(p?: Problem): string | undefined {
  switch (p?.status) {
    case 401:
      return "Your session has ended. What you entered is kept: sign in again in another tab, come back, and try again.";
    case 403:
      return "Your token may not do this: " + p.detail + ".";
    case 412:
      return "Somebody else changed this meanwhile. What you entered is kept: look at it again, then apply.";
    case 413:
      return "This is more than the server takes at once. Add it in smaller parts.";
    case 429:
      return `Too much at once; try again in ${p.retry || 1} s.`;
  }
  return p?.detail;
}

/** Ending tells how a password fared, or many. */
export function Ending({ of: v, many = "" }: { of: { decision?: string; would_decision?: string }; many?: string }) {
  const [kind, words] = v.decision === "reject" ? ["bad", "refused"] : v.would_decision === "reject" ? ["warn", "would be refused"] : ["good", "accepted"];
  return <span class={"mark " + kind}>{many + words}</span>;
}

/** NoStore tells why lists and policies cannot be edited. */
export const NoStore = () => <Notice kind="info">This server keeps no lists of its own. Start it with --store FILE (or store.file in veto.yaml) to edit lists and policies here.</Notice>;

/** Example is how to ask for a check; with credentials it needs a token. */
export function Example({ credentials }: { credentials: boolean }) {
  const password = `--json '{"password":"Summer2024!"}' ${location.origin}/v1/check`;
  const header = `veto token new --name portal --scope check > portal.token\nprintf 'Authorization: Bearer %s\\n' "$(cat portal.token)" > portal.header\n`;
  return <pre tabIndex={0}>{credentials ? `${header}curl -H @portal.header ${password}` : `curl ${password}`}</pre>;
}

export function Field({ label, hint, children }: { label: string; hint?: ComponentChildren; children: ComponentChildren }) {
  return (
    <label class="field">
      <span class="label">{label}</span>
      {children}
      {hint && <span class="hint">{hint}</span>}
    </label>
  );
}

/** Dialog is modal: the browser keeps the focus in it, and Escape closes it. */
export function Dialog({ title, close, wide, children }: { title: string; close: () => void; wide?: boolean; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
    ref.current?.querySelector<HTMLElement>("input, select, textarea")?.focus();
  }, []);
  return (
    <dialog ref={ref} class={wide ? "wide" : ""} onClose={close} aria-labelledby="dialog-title">
      <header>
        <h2 id="dialog-title">{title}</h2>
        <Button class="icon" aria-label="Close" onClick={() => ref.current?.close()}>
          ×
        </Button>
      </header>
      {children}
    </dialog>
  );
}

/** useLoad calls load at first, when a dependency changes, and on reload. */
export function useLoad<T>(load: () => Promise<T>, deps: unknown[]) {
  const [state, set] = useState<{ value?: T; error?: unknown; busy: boolean }>({ busy: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    set((s) => ({ ...s, busy: true }));
    load().then(
      (value) => current && set({ value, busy: false }),
      (error) => current && set((s) => ({ value: s.value, error, busy: false })),
    );
    return () => {
      current = false;
    };
  }, [...deps, turn]);
  return { ...state, reload: () => setTurn((t) => t + 1) };
}

/** useDelayed returns the value once it has rested. */
export function useDelayed<T>(value: T, ms: number): T {
  const [rested, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

/** Page names the page in the tab and moves the focus to its heading. */
export function Page({ title, actions, children }: { title: string; actions?: ComponentChildren; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Veto`;
    heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <>
      <header class="page">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <div class="actions">{actions}</div>
      </header>
      {children}
    </>
  );
}

const endings = [
  { key: "reject", kind: "bad", words: "refused" },
  { key: "audit_only", kind: "warn", words: "would be refused" },
  { key: "pass", kind: "good", words: "accepted" },
  { key: "undecided", kind: "off", words: "not decided" },
] as const;

/** Shares draws how the decisions of each name ended and, if they are all of its decisions, how many were refused. */
export function Shares({ rows, all = true }: { rows: { name: string; outcomes: Outcomes }[]; all?: boolean }) {
  const most = Math.max(1, ...rows.map((r) => total(r.outcomes)));
  return (
    <table class="bars">
      <tbody>
        {rows.map(({ name, outcomes: o }) => (
          <tr title={endings.filter(({ key }) => all || o[key] > 0).map(({ key, words }) => `${number(o[key])} ${words}`).join(", ")}>
            <th scope="row">{name}</th>
            <td>
              <span class="stack">
                {endings.map(({ key, kind }) => o[key] > 0 && <span class={"bar " + kind} style={{ width: `${(100 * o[key]) / most}%` }} />)}
              </span>
            </td>
            <td class="figure">{number(total(o))}</td>
            {all && <td class="figure quiet">{percent(o.reject + o.audit_only, total(o))}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export const reasonNames: Record<string, string> = {
  too_short: "too short", too_long: "too long", not_enough_classes: "too few kinds of characters", not_utf8: "not valid text", control_character: "control character",
  character_denied: "character not allowed", banned_term: "banned word", banned_password: "common password", breached: "breached", subject_term: "own name",
  similar_to_old: "like the old one", sequence: "sequence", keyboard_walk: "keyboard pattern", repetition: "repetition", date: "date", low_score: "too easy to guess",
  pattern_denied: "pattern denied", pattern_required: "pattern required", unavailable: "could not be checked",
};

export const reasonName = (code: string) => reasonNames[code] ?? code;
