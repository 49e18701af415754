// Lists: what is banned, and the lists of the organization, which change live.
import { useEffect, useRef, useState } from "preact/hooks";
import { condition, get, listPath, query, request, upload, type Change, type ChangeDetail, type Draft, type Entry, type ListInfo, type ListPage, type Match, type Preview, Problem } from "./api";
import { Button, Dialog, Failure, Field, Notice, number, Page, plural, useDelayed, useLoad, When } from "./ui";

export function Lists() {
  const lists = useLoad(() => get<{ lists: ListInfo[] }>("/v1/lists"), []);
  const [creating, setCreating] = useState(false);
  const own = lists.value?.lists.filter((l) => l.name.startsWith("custom/")) ?? [];
  const others = lists.value?.lists.filter((l) => !l.name.startsWith("custom/") && l.kind !== "characters") ?? [];
  return (
    <Page
      title="Lists"
      actions={
        <Button kind="main" onClick={() => setCreating(true)}>
          New list
        </Button>
      }
    >
      <Failure error={lists.error} again={lists.reload} />
      {creating && <Create close={() => setCreating(false)} />}
      {lists.value && own.length === 0 && (
        <section class="card empty">
          <h2>Your own words come first</h2>
          <p>
            Attackers try the name of the company, its products and its places before anything else. Put them on a list: each is then refused in any spelling, <code>C0ntoso</code>,{" "}
            <code>Kontoso</code> and <code>osotnoc</code> included, within a second and without a restart.
          </p>
          <Button kind="main" onClick={() => setCreating(true)}>
            Make the first list
          </Button>
        </section>
      )}
      {own.length > 0 && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">List</th>
                <th scope="col" class="figure">
                  Words
                </th>
                <th scope="col">Changed</th>
                <th scope="col">By</th>
                <th scope="col">Note</th>
              </tr>
            </thead>
            <tbody>
              {own.map((l) => (
                <tr>
                  <th scope="row">
                    <a href={"#/lists/" + encodeURIComponent(l.name)}>{l.name.replace("custom/", "")}</a>
                    {!l.writable && <span class="tag">from a file</span>}
                  </th>
                  <td class="figure">{number(l.entries)}</td>
                  <td>{l.writable ? <When time={l.updated} /> : ""}</td>
                  <td>{l.author}</td>
                  <td class="long">{l.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {others.length > 0 && (
        <section class="card">
          <h2>Built in and breach corpora</h2>
          <dl class="facts">
            {others.map((l) => (
              <div>
                <dt>{l.name}</dt>
                <dd>
                  {number(l.entries)} <span class="quiet">{l.kind}</span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </Page>
  );
}

function Create({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const [error, setError] = useState<unknown>();
  const create = async (e: Event) => {
    e.preventDefault();
    try {
      await request("PUT", listPath(name), { note, entries: [] }, condition(0));
      location.hash = "#/lists/" + encodeURIComponent("custom/" + name);
    } catch (e) {
      setError(e instanceof Problem && e.status === 412 ? new Error("There is a list of that name already.") : e);
    }
  };
  return (
    <Dialog title="New list" close={close}>
      <form onSubmit={create}>
        <Field label="Name" hint="Lower-case letters, digits, dots, dashes and underscores.">
          <input required value={name} onInput={(e) => setName(e.currentTarget.value)} placeholder="company" autocomplete="off" />
        </Field>
        <Field label="Note" hint="What it is for, for your colleagues.">
          <input value={note} onInput={(e) => setNote(e.currentTarget.value)} autocomplete="off" />
        </Field>
        <Failure error={error} />
        <footer>
          <Button type="submit" kind="main">
            Create
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

export function List({ name }: { name: string }) {
  const [text, setText] = useState("");
  const [more, setMore] = useState<{ entries: Entry[]; next?: string }>();
  const [open, setOpen] = useState<"add" | "history" | "delete" | Entry>();
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const [pending, setPending] = useState<Draft>();
  const [done, setDone] = useState<Change>();
  const asked = useDelayed(text, 200);
  const path = listPath(name);
  const list = useLoad(async () => {
    const page = await get<ListPage>(path + query({ q: asked, limit: 100 }));
    setMore(undefined);
    return page;
  }, [name, asked]);

  const l = list.value;
  const entries = [...(l?.page ?? []), ...(more?.entries ?? [])];
  const next = more ? more.next : l?.next;
  const load = async () => {
    const page = await get<ListPage>(path + query({ q: asked, limit: 500, cursor: next }));
    setMore({ entries: [...(more?.entries ?? []), ...page.page], next: page.next });
  };
  const applied = (c: Change) => {
    setDone(c);
    setPending(undefined);
    setOpen(undefined);
    setChosen(new Set());
    list.reload();
  };
  const key = (e: Entry) => (e.match ?? "contains") + " " + e.text;
  const toggle = (e: Entry) => {
    const c = new Set(chosen);
    if (!c.delete(key(e))) c.add(key(e));
    setChosen(c);
  };
  const short = name.replace("custom/", "");

  return (
    <Page
      title={"List " + short}
      actions={
        l?.writable && (
          <>
            <Button kind="main" onClick={() => setOpen("add")}>
              Add words
            </Button>
            <Button onClick={() => setOpen("history")}>History</Button>
            <a class="button plain" href={`${path}/export?format=csv`} download>
              Export
            </a>
            <Button kind="danger" onClick={() => setOpen("delete")}>
              Delete
            </Button>
          </>
        )
      }
    >
      <p class="crumbs">
        <a href="#/lists">Lists</a> / {short}
      </p>
      <Failure error={list.error} again={list.reload} />
      {done && <Done change={done} path={path} undone={applied} />}
      {l && (
        <p class="quiet">
          {plural(l.entries, "word")}
          {l.note && <> · {l.note}</>}
          {l.updated && (
            <>
              {" "}
              · changed <When time={l.updated} /> by {l.author || "nobody"} · revision {l.revision}
            </>
          )}
        </p>
      )}
      {l && !l.writable && <Notice kind="info">This list comes from the configuration or is built in. It is changed there.</Notice>}
      {l?.writable && (
        <>
          <div class="toolbar">
            <input type="search" aria-label="Search the list" placeholder="Search" value={text} onInput={(e) => setText(e.currentTarget.value)} />
            {chosen.size > 0 && (
              <Button kind="danger" onClick={() => setPending({ remove: entries.filter((e) => chosen.has(key(e))).map(({ text, match }) => ({ text, match })) })}>
                Remove {plural(chosen.size, "word")}
              </Button>
            )}
          </div>
          {l.entries === 0 && !open && (
            <section class="card empty">
              <h2>No words yet</h2>
              <p>Type or paste some, or upload a file. You will see what they would refuse before anything changes.</p>
              <Button kind="main" onClick={() => setOpen("add")}>
                Add words
              </Button>
            </section>
          )}
          {entries.length > 0 && <Entries entries={entries} chosen={chosen} id={key} toggle={toggle} edit={setOpen} />}
          {l.entries > 0 && entries.length === 0 && !list.busy && <p>No word of the list fits.</p>}
          {next && <Button onClick={load}>Show more</Button>}
        </>
      )}
      {open === "add" && l && <Add list={l} path={path} close={() => setOpen(undefined)} applied={applied} />}
      {open === "history" && <History path={path} close={() => setOpen(undefined)} restore={applied} />}
      {open === "delete" && l && <Delete list={l} path={path} close={() => setOpen(undefined)} />}
      {open && typeof open === "object" && l && <Edit entry={open} list={l} path={path} close={() => setOpen(undefined)} applied={applied} />}
      {pending && l && (
        <Dialog title="Remove words" close={() => setPending(undefined)}>
          <Review draft={pending} list={l} path={path} applied={applied} />
        </Dialog>
      )}
    </Page>
  );
}

function Entries({ entries, chosen, id, toggle, edit }: { entries: Entry[]; chosen: Set<string>; id: (e: Entry) => string; toggle: (e: Entry) => void; edit: (e: Entry) => void }) {
  return (
    <div class="scroll">
      <table class="entries">
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">Choose</span>
            </th>
            <th scope="col">Word</th>
            <th scope="col">Counts</th>
            <th scope="col">Note</th>
            <th scope="col">Added</th>
            <th scope="col">Expires</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((e) => (
            <tr key={id(e)}>
              <td>
                <input type="checkbox" aria-label={"choose " + e.text} checked={chosen.has(id(e))} onChange={() => toggle(e)} />
              </td>
              <th scope="row">
                <button class="link" onClick={() => edit(e)}>
                  {e.text}
                </button>
              </th>
              <td>
                {matches[e.match ?? "contains"]}
                {e.ban && <span class="tag bad">always refused</span>}
              </td>
              <td class="long">{e.note}</td>
              <td>
                <When time={e.added} /> {e.author && <span class="quiet">by {e.author}</span>}
              </td>
              <td>{e.expires ? <When time={e.expires} /> : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const matches: Record<Match, string> = { contains: "anywhere", exact: "as the whole password", prefix: "at the beginning", suffix: "at the end" };

const pasteLimit = 200_000; // characters that a text field shows without delay
const bodyLimit = 900_000; // bytes of an edit; more is sent as a whole list

/** parse reads words, one per line, as a file of words has them. */
function parse(text: string): string[] {
  return text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function Add({ list, path, close, applied }: { list: ListPage; path: string; close: () => void; applied: (c: Change) => void }) {
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | Blob>();
  const [options, setOptions] = useState<{ match: Match; ban: boolean; note: string; expires: string }>({ match: "contains", ban: false, note: "", expires: "" });
  const [draft, setDraft] = useState<Draft>();
  const [error, setError] = useState<unknown>();

  const review = async (e: Event) => {
    e.preventDefault();
    setError(undefined);
    const words = parse(file ? await file.text() : text);
    if (words.length === 0) return setError(new Error("There is no word in it."));
    const { match, ban, note, expires } = options;
    setDraft({
      add: words.map((w) => ({ text: w, ...(match !== "contains" && { match }), ...(ban && { ban }), ...(note && { note }), ...(expires && { expires: new Date(expires).toISOString() }) })),
    });
  };
  const paste = (e: ClipboardEvent) => {
    const pasted = e.clipboardData?.getData("text") ?? "";
    if (pasted.length > pasteLimit) {
      e.preventDefault();
      setFile(new Blob([pasted]));
    }
  };
  return (
    <Dialog title={"Add words to " + list.name.replace("custom/", "")} close={close}>
      {draft ? (
        <Review draft={draft} list={list} path={path} applied={applied} back={() => setDraft(undefined)} />
      ) : (
        <form onSubmit={review}>
          {file ? (
            <Notice kind="info">
              {"name" in file ? file.name : "Pasted text"}, {number(Math.ceil(file.size / 1024))} KiB{" "}
              <Button onClick={() => setFile(undefined)}>Take it away</Button>
            </Notice>
          ) : (
            <Field label="Words, one per line">
              <textarea rows={8} value={text} onInput={(e) => setText(e.currentTarget.value)} onPaste={paste} placeholder={"contoso\nwingtip toys\nredmond"} spellcheck={false} />
            </Field>
          )}
          <Field label="Or a file" hint="One word per line; lines that start with # are comments.">
            <input type="file" accept=".txt,.csv,text/plain" onChange={(e) => setFile(e.currentTarget.files?.[0])} />
          </Field>
          <fieldset>
            <legend>For all of them</legend>
            <div class="row">
              <Options options={options} set={setOptions} />
            </div>
          </fieldset>
          <Failure error={error} />
          <footer>
            <Button type="submit" kind="main">
              See what changes
            </Button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}

type OptionValues = { match: Match; ban: boolean; note: string; expires: string };

function Options({ options: o, set }: { options: OptionValues; set: (o: OptionValues) => void }) {
  return (
    <>
      <Field label="Counts">
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

function Edit({ entry, list, path, close, applied }: { entry: Entry; list: ListPage; path: string; close: () => void; applied: (c: Change) => void }) {
  const [o, setOptions] = useState<OptionValues>({ match: entry.match ?? "contains", ban: entry.ban ?? false, note: entry.note ?? "", expires: entry.expires?.slice(0, 10) ?? "" });
  const [draft, setDraft] = useState<Draft>();
  const review = (e: Event) => {
    e.preventDefault();
    const next: Entry = { text: entry.text, match: o.match, ban: o.ban, rank: entry.rank, note: o.note, ...(o.expires && { expires: new Date(o.expires).toISOString() }) };
    setDraft({ add: [next], ...(o.match !== (entry.match ?? "contains") && { remove: [{ text: entry.text, match: entry.match }] }) });
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

/** whole returns the list with the draft done, to be sent in place of it. */
async function whole(path: string, draft: Draft): Promise<Blob> {
  const now = await get<{ note?: string; entries: Entry[] }>(path + "/export?format=json");
  return new Blob([JSON.stringify({ note: now.note, entries: [...now.entries, ...(draft.add ?? [])] })], { type: "application/json" });
}

/** Review tells what a draft would change and refuse, then applies it. */
function Review({ draft, list, path, applied, back }: { draft: Draft; list: ListInfo; path: string; applied: (c: Change) => void; back?: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [revision, setRevision] = useState(list.revision ?? 0);
  const send = async <T,>(dry: boolean): Promise<T> => {
    const at = path + (dry ? "?dry_run=true" : "");
    if (JSON.stringify(draft).length <= bodyLimit) return request<T>("PATCH", at, draft, condition(revision));
    return upload<T>(at, await whole(path, draft), "application/json", condition(revision));
  };
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
  return (
    <>
      {preview.busy && <p role="status">Trying it out on a sample of passwords…</p>}
      <Failure error={error ?? preview.error} again={error ? apply : preview.reload} />
      {raced && (
        <Button
          onClick={() => {
            setError(undefined);
            setRevision(raced.revision ?? 0);
          }}
        >
          Look again at revision {raced.revision}
        </Button>
      )}
      {p?.invalid && p.invalid.length > 0 && <Failure error={new Problem(400, `${plural(p.invalid.length, "word")} cannot be on a list:`, undefined, p.invalid)} />}
      {c && !raced && (
        <>
          <ul class="changes">
            {c.added > 0 && <li class="plus">{plural(c.added, "word")} more</li>}
            {c.removed > 0 && <li class="minus">{plural(c.removed, "word")} less</li>}
            {c.changed > 0 && <li>{plural(c.changed, "word")} changed</li>}
            {(c.unchanged ?? 0) > 0 && <li class="quiet">{number(c.unchanged!)} there already</li>}
            {(c.missing ?? 0) > 0 && <li class="quiet">{number(c.missing!)} not there</li>}
          </ul>
          <Words plus={p.new} minus={p.old} />
          {p.sample && (
            <div class="sample">
              <strong>{p.sample.newly_refused === 0 && p.sample.newly_accepted === 0 ? "No difference" : `${number(p.sample.newly_refused)} more refused`}</strong>
              {p.sample.newly_accepted > 0 && <>, {number(p.sample.newly_accepted)} no longer</>} of a sample of {number(p.sample.size)} passwords{" "}
              <span class="quiet">
                ({number(p.sample.refused_before)} refused now, {number(p.sample.refused_after)} then)
              </span>
            </div>
          )}
        </>
      )}
      <footer>
        {back && <Button onClick={back}>Back</Button>}
        <Button kind="main" disabled={busy || !c || !!raced || c.added + c.removed + c.changed === 0} onClick={apply}>
          {busy ? "Applying…" : "Apply"}
        </Button>
      </footer>
    </>
  );
}

function Words({ plus = [], minus = [] }: { plus?: Entry[]; minus?: Entry[] }) {
  const shown = 12;
  return (
    <p class="words">
      {plus.slice(0, shown).map((e) => (
        <ins>{e.text}</ins>
      ))}
      {minus.slice(0, shown).map((e) => (
        <del>{e.text}</del>
      ))}
      {plus.length + minus.length > shown && <span class="quiet">…</span>}
    </p>
  );
}

function Done({ change: c, path, undone }: { change: Change; path: string; undone: (c: Change) => void }) {
  const [error, setError] = useState<unknown>();
  const undo = async () => {
    try {
      undone(await request<Change>("POST", path + "/rollback", { revision: c.before }, condition(c.revision)));
    } catch (e) {
      setError(e);
    }
  };
  return (
    <>
      <Notice kind="good">
        Live since <When time={c.time} />: {plural(c.added, "word")} more, {number(c.removed)} less, {number(c.changed)} changed.{" "}
        {c.before ? <Button onClick={undo}>Undo</Button> : null}
      </Notice>
      <Failure error={error} />
    </>
  );
}

function History({ path, close, restore }: { path: string; close: () => void; restore: (c: Change) => void }) {
  const history = useLoad(() => get<{ changes: Change[]; next?: string }>(path + "/history?limit=50"), [path]);
  const [shown, setShown] = useState<ChangeDetail>();
  const [error, setError] = useState<unknown>();
  const newest = history.value?.changes[0];
  const go = async (revision: number) => {
    try {
      restore(await request<Change>("POST", path + "/rollback", { revision }, condition(newest!.revision)));
    } catch (e) {
      setError(e);
    }
  };
  return (
    <Dialog title="History" close={close}>
      <Failure error={history.error ?? error} again={history.reload} />
      <ol class="history">
        {history.value?.changes.map((c) => (
          <li>
            <div>
              <strong>{verbs[c.action] ?? c.action}</strong> <When time={c.time} /> by {c.actor || "nobody"}
              <span class="quiet">
                {" "}
                · +{number(c.added)} −{number(c.removed)} · {plural(c.entries, "word")} then · revision {c.revision}
              </span>
              {shown?.revision === c.revision && <Words plus={shown.new} minus={shown.old} />}
            </div>
            <div class="actions">
              {shown?.revision !== c.revision && (
                <Button onClick={() => get<ChangeDetail>(`${path}/history?revision=${c.revision}`).then(setShown, setError)}>Words</Button>
              )}
              {c.revision !== newest?.revision && c.action !== "delete" && <Button onClick={() => go(c.revision)}>Go back to this</Button>}
            </div>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

const verbs: Record<string, string> = { create: "Created", created: "Created", edit: "Edited", edited: "Edited", replace: "Replaced", replaced: "Replaced", delete: "Deleted", deleted: "Deleted", restore: "Restored", restored: "Restored" };

function Delete({ list, path, close }: { list: ListInfo; path: string; close: () => void }) {
  const [error, setError] = useState<unknown>();
  const ref = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const short = list.name.replace("custom/", "");
  useEffect(() => ref.current?.focus(), []);
  const remove = async (e: Event) => {
    e.preventDefault();
    try {
      await request("DELETE", path, undefined, condition(list.revision ?? 0));
      location.hash = "#/lists";
    } catch (e) {
      setError(e);
    }
  };
  return (
    <Dialog title={"Delete " + short} close={close}>
      <form onSubmit={remove}>
        <p>
          Its {plural(list.entries, "word")} will be allowed again at once. Its history stays: a list made under the same name can go back to it.
        </p>
        <Field label={`Type ${short} to confirm`}>
          <input ref={ref} value={typed} onInput={(e) => setTyped(e.currentTarget.value)} autocomplete="off" />
        </Field>
        <Failure error={error} />
        <footer>
          <Button type="submit" kind="danger" disabled={typed !== short}>
            Delete
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
