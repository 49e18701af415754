// Lists: what is banned, and the lists of the organization, which change live.
import { useMemo, useState } from "preact/hooks";
import { condition, get, listPath, query, request, type Change, type Entry, type ListInfo, type ListPage, Problem } from "./api";
import { Add, Done, Edit, matches, nothingTyped, Review } from "./edit";
import { History } from "./revisions";
import { Button, Dialog, Failure, Field, NoStore, Notice, number, Page, plural, useDelayed, useLoad, When } from "./ui";
import { identity } from "./words";

export function Lists({ store }: { store: boolean }) {
  const lists = useLoad(() => get<{ lists: ListInfo[] }>("/v1/lists"), []);
  const [creating, setCreating] = useState(false);
  const own = lists.value?.lists.filter((l) => l.name.startsWith("custom/")) ?? [];
  const others = lists.value?.lists.filter((l) => !l.name.startsWith("custom/")) ?? [];
  return (
    <Page
      title="Lists"
      actions={
        store && (
          <Button kind="main" onClick={() => setCreating(true)}>
            New list
          </Button>
        )
      }
    >
      <Failure error={lists.error} again={lists.reload} />
      {!store && <NoStore />}
      {creating && <Create close={() => setCreating(false)} />}
      {lists.value && own.length === 0 && (
        <section class="card empty">
          <h2>Your own words come first</h2>
          <p>
            Attackers try the name of the company, its products and its places before anything else. Put them on a list: each is then refused in any spelling, <code>C0ntoso</code>,{" "}
            <code>Kontoso</code> and <code>osotnoc</code> included, within a second and without a restart.
          </p>
          {store && (
            <Button kind="main" onClick={() => setCreating(true)}>
              Make the first list
            </Button>
          )}
        </section>
      )}
      {own.length > 0 && (
        <div class="scroll">
          <table class="stacked">
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
                    {!l.writable && <span class="tag">configured</span>}
                  </th>
                  <td class="figure" data-label="Words">{number(l.entries)}</td>
                  <td data-label="Changed">{l.writable ? <When time={l.updated} /> : ""}</td>
                  <td data-label="By">{l.author}</td>
                  <td data-label="Note" class="long">{l.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {others.length > 0 && (
        <section class="card">
          <h2>Built in and breach corpora</h2>
          <Sizes lists={others} />
        </section>
      )}
    </Page>
  );
}

const kinds: Record<string, [one: string, many: string]> = { terms: ["word", "words"], passwords: ["password", "passwords"], sha1: ["SHA-1 hash", "SHA-1 hashes"], ntlm: ["NT hash", "NT hashes"] };

const builtIn: Record<string, string> = { global: "built-in words", "global/passwords": "built-in passwords" };

/** listName is what people call a list. */
export const listName = (name: string) => builtIn[name] ?? name;

/** Sizes tells how much is on each list; the statistics of characters are no list to anybody. */
export function Sizes({ lists }: { lists: ListInfo[] }) {
  return (
    <dl class="facts">
      {lists.filter((l) => l.kind in kinds).map((l) => (
        <div>
          <dt title={l.name}>{listName(l.name)}</dt>
          <dd>{plural(l.entries, ...kinds[l.kind])}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Create asks for the name, then for the first words: no list is empty. */
function Create({ close }: { close: () => void }) {
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const [named, setNamed] = useState(false);
  const [typed, setTyped] = useState(nothingTyped);
  const [error, setError] = useState<unknown>();
  const next = async (e: Event) => {
    e.preventDefault();
    try {
      await get(listPath(name) + "?limit=1");
      setError(new Error("There is a list of that name already."));
    } catch (e) {
      if (e instanceof Problem && e.status === 404) setNamed(true);
      else setError(e);
    }
  };
  if (named) {
    const list: ListPage = { name: "custom/" + name, kind: "terms", entries: 0, writable: true, revision: 0, note, page: [] };
    const open = () => (location.hash = "#/lists/" + encodeURIComponent(list.name) + "?made");
    return <Add list={list} path={listPath(name)} typed={typed} type={setTyped} close={close} applied={open} />;
  }
  return (
    <Dialog title="New list" close={close}>
      <form onSubmit={next}>
        <Field label="Name" hint="Lower-case letters, digits, dots, dashes and underscores.">
          <input
            required
            pattern="[a-z0-9][a-z0-9._\-]{0,63}"
            title="Lower-case letters, digits, dots, dashes and underscores, at most 64"
            value={name}
            onInput={(e) => setName(e.currentTarget.value)}
            placeholder="company"
            autocomplete="off"
          />
        </Field>
        <Field label="Note" hint="What it is for, for your colleagues.">
          <input value={note} onInput={(e) => setNote(e.currentTarget.value)} autocomplete="off" />
        </Field>
        <Failure error={error} />
        <footer>
          <Button type="submit" kind="main">
            Next: its words
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

/** List shows one list; it was just made if the address says so. */
export function List({ name, made }: { name: string; made: boolean }) {
  const [text, setText] = useState("");
  const [more, setMore] = useState<{ entries: Entry[]; next?: string }>();
  const [open, setOpen] = useState<"add" | "history" | "delete" | "remove" | Entry>();
  const [typed, setTyped] = useState(nothingTyped);
  const [chosen, setChosen] = useState<Map<string, Entry>>(new Map());
  const [failed, setFailed] = useState<unknown>();
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
    setFailed(undefined);
    try {
      const page = await get<ListPage>(path + query({ q: asked, limit: 500, cursor: next }));
      setMore({ entries: [...(more?.entries ?? []), ...page.page], next: page.next });
    } catch (e) {
      setFailed(e);
    }
  };
  const applied = (c: Change) => {
    setDone(c);
    setOpen(undefined);
    setChosen(new Map());
    setTyped(nothingTyped);
    list.reload();
  };
  const toggle = (e: Entry) => {
    const c = new Map(chosen);
    if (!c.delete(identity(e))) c.set(identity(e), e);
    setChosen(c);
  };
  const close = () => (setOpen(undefined), list.reload());
  const short = name.replace("custom/", "");
  // Hundreds of rows, which typing in a dialog does not change.
  const table = useMemo(() => <Entries entries={entries} chosen={chosen} toggle={toggle} edit={setOpen} />, [l, more, chosen]);

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
      {made && !done && l && (
        <Notice kind="good">
          The list is in force: its words count in every password from now on, in any spelling. <a href="#/try">Try one</a>
        </Notice>
      )}
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
      {l && !l.writable && <Notice kind="info">This list comes from the configuration or is built in. It is changed there.{l.page && <> <a href={`${path}/export?format=csv`} download>Export</a></>}</Notice>}
      {l?.writable && (
        <>
          <div class="toolbar">
            <input type="search" aria-label="Search the list" placeholder="Search" value={text} onInput={(e) => setText(e.currentTarget.value)} />
            {chosen.size > 0 && (
              <Button kind="danger" onClick={() => setOpen("remove")}>
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
          {entries.length > 0 && table}
          {l.entries > 0 && entries.length === 0 && !list.busy && <p>No word of the list fits.</p>}
          <Failure error={failed} again={load} />
          {next && <Button onClick={load}>Show more</Button>}
        </>
      )}
      {l && open === "add" && <Add list={l} path={path} typed={typed} type={setTyped} close={close} applied={applied} />}
      {l && open === "history" && <History list={l} path={path} close={close} applied={applied} />}
      {l && open === "delete" && <Delete list={l} path={path} close={close} />}
      {l && typeof open === "object" && <Edit entry={open} list={l} path={path} close={close} applied={applied} />}
      {l && open === "remove" && <Remove entries={[...chosen.values()]} list={l} path={path} close={close} applied={applied} />}
    </Page>
  );
}

function Remove({ entries, list, path, close, applied }: { entries: Entry[]; list: ListInfo; path: string; close: () => void; applied: (c: Change) => void }) {
  const [draft] = useState({ remove: entries.map(({ text, match }) => ({ text, match })) });
  return (
    <Dialog title="Remove words" close={close}>
      <Review draft={draft} list={list} path={path} applied={applied} />
    </Dialog>
  );
}

type EntriesProps = { entries: Entry[]; chosen: Map<string, Entry>; toggle: (e: Entry) => void; edit: (e: Entry) => void };

function Entries({ entries, chosen, toggle, edit }: EntriesProps) {
  return (
    <div class="scroll">
      <table class="entries stacked">
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">Choose</span>
            </th>
            <th scope="col">Word</th>
            <th scope="col">Found</th>
            <th scope="col">Note</th>
            <th scope="col">Added</th>
            <th scope="col">Expires</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((e) => (
            <tr key={identity(e)}>
              <td>
                <input type="checkbox" aria-label={"choose " + e.text} checked={chosen.has(identity(e))} onChange={() => toggle(e)} />
              </td>
              <th scope="row">
                <button class="link" onClick={() => edit(e)}>
                  {e.text}
                </button>
              </th>
              <td data-label="Found">
                {matches[e.match ?? "contains"]} {e.ban && <span class="tag bad">always refused</span>}
              </td>
              <td data-label="Note" class="long">{e.note}</td>
              <td data-label="Added" class="line">
                <When time={e.added} /> {e.author && <span class="quiet">by {e.author}</span>}
              </td>
              <td data-label="Expires" class="line">{e.expires ? <When time={e.expires} /> : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Delete({ list, path, close }: { list: ListInfo; path: string; close: () => void }) {
  const [error, setError] = useState<unknown>();
  const [typed, setTyped] = useState("");
  const short = list.name.replace("custom/", "");
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
          <input value={typed} onInput={(e) => setTyped(e.currentTarget.value)} autocomplete="off" />
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
