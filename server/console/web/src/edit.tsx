// Changes of a list: words are added and edited as drafts, which are tried out
// before they are applied.
import { useEffect, useRef, useState } from "preact/hooks";
import { condition, type Change, type Draft, type Entry, type Invalid, type ListInfo, type ListPage, type Match, type Preview, Problem, request, type Verdict } from "./api";
import { Button, Dialog, Ending, Failure, Field, Notice, number, plural, useLoad, When } from "./ui";
import { encode, parse, readText, whole } from "./words";

export const matches: Record<Match, string> = { contains: "anywhere", exact: "as the whole password", prefix: "at the beginning", suffix: "at the end" };

const pasteLimit = 200_000; // characters that a text field shows without delay
const editLimit = 900_000; // bytes of an edit; more is sent as a whole list

type OptionValues = { match: Match; ban: boolean; note: string; expires: string };

/** Typed is what was entered and not applied yet: closing the dialog keeps it. */
export interface Typed { text: string; file?: Blob; options: OptionValues }

export const nothingTyped: Typed = { text: "", options: { match: "contains", ban: false, note: "", expires: "" } };

type AddProps = { list: ListPage; path: string; typed: Typed; type: (t: Typed) => void; close: () => void; applied: (c: Change) => void };

export function Add({ list, path, typed, type, close, applied }: AddProps) {
  const [draft, setDraft] = useState<Draft>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const { text, file, options } = typed;
  const set = (change: Partial<Typed>) => (setError(undefined), type({ ...typed, ...change }));
  useEffect(() => {
    const warn = (e: Event) => e.preventDefault(); // the browser asks before it leaves
    if (text !== "" || file) addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [text, file]);

  const review = async (e: Event) => {
    e.preventDefault();
    setError(undefined);
    setBusy(true);
    try {
      const { match, ban, note, expires } = options;
      const common: Partial<Entry> = { ...(match !== "contains" && { match }), ...(ban && { ban }), ...(note && { note }), ...(expires && { expires: new Date(expires).toISOString() }) };
      const words = await parse(file ? await readText(file) : text, common);
      if (words.length === 0) throw new Error("There is no word in it: type one per line, or choose a file.");
      setDraft({ ...(list.revision === 0 && { note: list.note }), add: words });
    } catch (e) {
      setError(e);
    }
    setBusy(false);
  };
  const paste = (e: ClipboardEvent) => {
    const pasted = e.clipboardData?.getData("text") ?? "";
    if (pasted.length <= pasteLimit) return;
    e.preventDefault();
    set({ file: new Blob([text, pasted]), text: "" });
  };
  return (
    <Dialog title={"Add words to " + list.name.replace("custom/", "")} close={close}>
      {draft ? (
        <Review draft={draft} list={list} path={path} applied={applied} back={() => setDraft(undefined)} />
      ) : (
        <form onSubmit={review}>
          {file ? (
            <Notice kind="info">
              {"name" in file ? String(file.name) : "Pasted text"}, {number(Math.ceil(file.size / 1024))} KiB <Button onClick={() => set({ file: undefined })}>Take it away</Button>
            </Notice>
          ) : (
            <Field label="Words, one per line">
              <textarea rows={8} value={text} onInput={(e) => set({ text: e.currentTarget.value })} onPaste={paste} placeholder={"contoso\nwingtip toys\nredmond"} spellcheck={false} />
            </Field>
          )}
          <Field label="Or a file" hint="Text with one word per line (lines that start with # are comments), or an export as CSV or JSON.">
            <input type="file" accept=".txt,.csv,.json,text/plain" onChange={(e) => set({ file: e.currentTarget.files?.[0] })} />
          </Field>
          <fieldset>
            <legend>For all of them</legend>
            <div class="row">
              <Options options={options} set={(options) => set({ options })} />
            </div>
          </fieldset>
          <footer>
            <Failure error={error} />
            <Button type="submit" kind="main" disabled={busy}>
              {busy ? "Reading…" : "See what changes"}
            </Button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}

function Options({ options: o, set }: { options: OptionValues; set: (o: OptionValues) => void }) {
  return (
    <>
      <Field label="Found">
        <select value={o.match} onChange={(e) => set({ ...o, match: e.currentTarget.value as Match })}>
          {Object.entries(matches).map(([value, words]) => (
            <option value={value}>{words}</option>
          ))}
        </select>
      </Field>
      <Field label="Expires">
        <input type="date" value={o.expires} onInput={(e) => set({ ...o, expires: e.currentTarget.value })} />
      </Field>
      <Field label="Note">
        <input value={o.note} onInput={(e) => set({ ...o, note: e.currentTarget.value })} autocomplete="off" />
      </Field>
      <label class="check">
        <input type="checkbox" checked={o.ban} onChange={(e) => set({ ...o, ban: e.currentTarget.checked })} /> Always refuse, however strong the rest
      </label>
    </>
  );
}

export function Edit({ entry, list, path, close, applied }: { entry: Entry; list: ListPage; path: string; close: () => void; applied: (c: Change) => void }) {
  const [o, setOptions] = useState<OptionValues>({ match: entry.match ?? "contains", ban: entry.ban ?? false, note: entry.note ?? "", expires: entry.expires?.slice(0, 10) ?? "" });
  const [draft, setDraft] = useState<Draft>();
  const moved = o.match !== (entry.match ?? "contains");
  const review = (e: Event) => {
    e.preventDefault();
    const expires = o.expires === entry.expires?.slice(0, 10) ? entry.expires : o.expires && new Date(o.expires).toISOString();
    const next: Entry = { text: entry.text, match: o.match, ban: o.ban, rank: entry.rank, note: o.note, ...(expires && { expires }) };
    setDraft({ add: [next], ...(moved && { remove: [{ text: entry.text, match: entry.match }] }) });
  };
  return (
    <Dialog title={entry.text} close={close}>
      {draft ? (
        <Review draft={draft} list={list} path={path} applied={applied} back={() => setDraft(undefined)} />
      ) : (
        <form onSubmit={review}>
          <Options options={o} set={setOptions} />
          <footer>
            <Button kind="danger" onClick={() => setDraft({ remove: [{ text: entry.text, match: entry.match }] })}>
              Remove the word
            </Button>
            <Button type="submit" kind="main">
              See what changes
            </Button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}

/** useSender sends a draft, as what it has to be for its size, to be tried or applied. */
function useSender(draft: Draft, path: string, revision: number) {
  const last = useRef<{ draft: Draft; revision: number; method: string; body: Blob }>();
  return async function <T>(dry: boolean): Promise<T> {
    const query = dry ? "?dry_run=true" : "";
    if (draft.restore) return request<T>("POST", path + "/rollback" + query, { revision: draft.restore }, condition(revision));
    if (last.current?.draft !== draft || last.current.revision !== revision) {
      const edit = await encode(draft);
      const small = edit.size <= editLimit;
      last.current = { draft, revision, method: small ? "PATCH" : "PUT", body: small ? edit : await whole(path, draft, revision) };
    }
    return request<T>(last.current.method, path + query, last.current.body, condition(revision));
  };
}

/** Review tells what a draft would change and refuse, then applies it. */
export function Review({ draft, list, path, applied, back }: { draft: Draft; list: ListInfo; path: string; applied: (c: Change) => void; back?: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [revision, setRevision] = useState(list.revision ?? 0);
  const send = useSender(draft, path, revision);
  const preview = useLoad(() => send<Preview>(true), [draft, revision]);
  const apply = async () => {
    setBusy(true);
    setError(undefined);
    try {
      applied(await send<Change>(false));
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  const raced = [error, preview.error].find((e) => e instanceof Problem && e.status === 412) as Problem | undefined;
  const p = preview.value;
  const c = p?.change;
  const again = () => (setError(undefined), setRevision(raced!.revision ?? 0));
  return (
    <>
      {preview.busy && <p role="status">Trying it out on a sample of passwords…</p>}
      <Failure error={error ?? (preview.busy ? undefined : preview.error)} again={error ? apply : preview.reload} />
      {raced && <Button onClick={again}>Look again at revision {raced.revision}</Button>}
      {p?.invalid && p.invalid.length > 0 && <Failure error={new Problem(400, `${plural(p.invalid.length + (p.invalid_more ?? 0), "word")} cannot be on a list. Go back, take them out, and try again:`, undefined, named(p.invalid, draft), 0, p.invalid_more)} />}
      {c && !raced && <Outcome preview={p} change={c} />}
      {c && !raced && <Instances list={list.name} draft={draft} />}
      <footer>
        {back && <Button onClick={back}>Back</Button>}
        <Button kind="main" disabled={busy || preview.busy || !c || !!raced || c.added + c.removed + c.changed === 0} onClick={apply}>
          {busy ? "Applying…" : "Apply"}
        </Button>
      </footer>
    </>
  );
}

/** named has the words themselves for the places that the server tells. */
const named = (all: Invalid[], draft: Draft): Invalid[] =>
  all.map((i) => {
    const text = draft.add?.[Number(/^add\[(\d+)\]/.exec(i.place)?.[1] ?? NaN)]?.text;
    return text === undefined ? i : { ...i, place: text.length > 40 ? text.slice(0, 40) + "…" : text };
  });

function Outcome({ preview: p, change: c }: { preview: Preview; change: Change }) {
  const { sample: s, window: w } = p;
  return (
    <>
      <ul class="changes">
        {c.added > 0 && <li class="plus">{plural(c.added, "word")} more</li>}
        {c.removed > 0 && <li class="minus">{plural(c.removed, "word")} less</li>}
        {c.changed > 0 && <li>{plural(c.changed, "word")} changed</li>}
        {(c.unchanged ?? 0) > 0 && <li class="quiet">{number(c.unchanged!)} there already</li>}
        {(c.missing ?? 0) > 0 && <li class="quiet">{number(c.missing!)} not there</li>}
        {(c.expired ?? 0) > 0 && <li class="quiet">{number(c.expired!)} expired already, and not in force</li>}
        {c.added + c.removed + c.changed === 0 && <li>Nothing would change</li>}
      </ul>
      <Words plus={p.new} minus={p.old} />
      {s && (
        <div class="sample">
          <strong>{s.newly_refused === 0 && s.newly_accepted === 0 ? "No decision changes" : `${number(s.newly_refused)} more refused`}</strong>
          {s.newly_accepted > 0 && <>, {number(s.newly_accepted)} no longer</>} of a sample of {number(s.size)} passwords made of common words{" "}
          <span class="quiet">
            ({number(s.refused_before)} refused now, {number(s.refused_after)} then
            {s.would_refuse_before + s.would_refuse_after > 0 && <>; in audit mode only {number(s.would_refuse_before)} now, {number(s.would_refuse_after)} then</>})
          </span>
        </div>
      )}
      {w && w.total.decisions > 0 && c.removed + c.changed > 0 && w.newly_accepted !== undefined && (
        <div class="sample">
          At most <strong>{number(w.newly_accepted)}</strong> of {plural(w.total.decisions, "decision")} since <When time={w.from} /> would have been accepted instead of refused
        </div>
      )}
    </>
  );
}

type Instance = { password: string; before: Verdict; after: Verdict };

/** instances are passwords that people would make of the first new words, judged now and with the draft. */
async function instances(list: string, draft: Draft): Promise<Instance[]> {
  const words = (draft.add ?? []).filter((e) => (e.match ?? "contains") === "contains" && e.text.length <= 24).slice(0, 2);
  const passwords = words.flatMap(({ text }) => {
    const word = text.replaceAll(" ", "");
    return [word[0].toUpperCase() + word.slice(1) + new Date().getFullYear() + "!", word.replace(/[aeost]/gi, (c) => ({ a: "@", e: "3", o: "0", s: "$", t: "7" })[c.toLowerCase()]!) + "-1"];
  });
  if (passwords.length === 0) return [];
  const body = { checks: passwords.map((password) => ({ password })), lists: [{ name: list.replace("custom/", ""), add: words }] };
  const { verdicts } = await request<{ verdicts: Omit<Instance, "password">[] }>("POST", "/v1/simulate", body);
  return verdicts.map((v, i) => ({ password: passwords[i], ...v }));
}

/** Instances shows what new words do to passwords with them; a token that may not ask sees none. */
function Instances({ list, draft }: { list: string; draft: Draft }) {
  const all = useLoad(() => instances(list, draft), [draft]).value ?? [];
  if (all.length === 0) return null;
  return (
    <table class="instances">
      <thead>
        <tr>
          {["Passwords such as", "now", "then"].map((h) => (
            <th scope="col">{h}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {all.map((i) => (
          <tr>
            <th scope="row">
              <code>{i.password}</code>
            </th>
            <td>
              <Ending of={i.before} />
            </td>
            <td>
              <Ending of={i.after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Words shows what comes and what goes, the first of them. */
export function Words({ plus = [], minus = [], shown = 12 }: { plus?: Entry[]; minus?: Entry[]; shown?: number }) {
  const more = Math.max(0, plus.length - shown) + Math.max(0, minus.length - shown);
  return (
    <p class="words">
      {plus.slice(0, shown).map((e) => (
        <ins>{e.text}</ins>
      ))}
      {minus.slice(0, shown).map((e) => (
        <del>{e.text}</del>
      ))}
      {more > 0 && <span class="quiet">and {number(more)} more</span>}
    </p>
  );
}

export function Done({ change: c, path, undone }: { change: Change; path: string; undone: (c: Change) => void }) {
  const [error, setError] = useState<unknown>();
  const undo = async () => {
    setError(undefined);
    try {
      undone(await request<Change>("POST", path + "/rollback", { revision: c.before }, condition(c.revision)));
    } catch (e) {
      setError(e);
    }
  };
  return (
    <>
      <Notice kind="good">
        In force since <When time={c.time} />: {plural(c.added, "word")} more, {number(c.removed)} less, {number(c.changed)} changed. {c.before ? <Button onClick={undo}>Undo</Button> : null} {c.added > 0 && <a href="#/try">Try a password</a>}
      </Notice>
      <Failure error={error} again={undo} />
    </>
  );
}
