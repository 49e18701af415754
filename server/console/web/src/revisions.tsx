// The history of a list: what changed, the difference of any two revisions, the
// way back.
import { useState } from "preact/hooks";
import { type Change, type ChangeDetail, type Entry, get, type ListInfo } from "./api";
import { Review, Words } from "./edit";
import { Button, Dialog, Failure, Field, number, plural, useLoad, When } from "./ui";
import { identity } from "./words";

const verbs: Record<string, string> = { create: "Created", edit: "Edited", restore: "Restored", delete: "Deleted" };

type Page = { changes: Change[]; next?: string };

export function History({ list, path, close, applied }: { list: ListInfo; path: string; close: () => void; applied: (c: Change) => void }) {
  const [older, setOlder] = useState<Page>();
  const [shown, setShown] = useState<ChangeDetail>();
  const [back, setBack] = useState<number>();
  const [error, setError] = useState<unknown>();
  const newest = useLoad(() => get<Page>(path + "/history?limit=50"), [path]);
  const changes = [...(newest.value?.changes ?? []), ...(older?.changes ?? [])];
  const next = older ? older.next : newest.value?.next;
  const more = () =>
    get<Page>(`${path}/history?limit=50&before=${next}`).then((p) => setOlder({ changes: [...(older?.changes ?? []), ...p.changes], next: p.next }), setError);
  if (back) {
    return (
      <Dialog title={"Back to revision " + back} close={close}>
        <Review draft={{ restore: back }} list={list} path={path} applied={applied} back={() => setBack(undefined)} />
      </Dialog>
    );
  }
  return (
    <Dialog title="History" close={close} wide>
      <Failure error={newest.error ?? error} again={newest.reload} />
      {changes.length > 1 && <Compare changes={changes} path={path} />}
      <ol class="history">
        {changes.map((c) => (
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
              {shown?.revision !== c.revision && <Button onClick={() => get<ChangeDetail>(`${path}/history?revision=${c.revision}`).then(setShown, setError)}>Words</Button>}
              {c.revision !== changes[0].revision && c.action !== "delete" && <Button onClick={() => setBack(c.revision)}>Go back to this</Button>}
            </div>
          </li>
        ))}
      </ol>
      {next && <Button onClick={more}>Show older ones</Button>}
    </Dialog>
  );
}

type Difference = { plus: Entry[]; minus: Entry[]; changed: Entry[] };

/** Compare shows what two revisions do not share. */
function Compare({ changes, path }: { changes: Change[]; path: string }) {
  const kept = changes.filter((c) => c.action !== "delete");
  const [pair, setPair] = useState({ from: kept[1]?.revision ?? 0, to: kept[0]?.revision ?? 0 });
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<Difference>();
  const [error, setError] = useState<unknown>();
  if (kept.length < 2) return null;
  const select = (key: "from" | "to", label: string) => (
    <Field label={label}>
      <select value={pair[key]} onChange={(e) => (setPair({ ...pair, [key]: Number(e.currentTarget.value) }), setResult(undefined))}>
        {kept.map((c) => (
          <option value={c.revision}>{`${c.revision}, of ${new Date(c.time!).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}`}</option>
        ))}
      </select>
    </Field>
  );
  const compare = async () => {
    setBusy(true);
    setError(undefined);
    try {
      setResult(await difference(path, pair.from, pair.to));
    } catch (e) {
      setError(e);
    }
    setBusy(false);
  };
  return (
    <div class="sample">
      <div class="row">
        {select("from", "From revision")}
        {select("to", "to revision")}
        <Button onClick={compare} disabled={busy || pair.from === pair.to}>
          {busy ? "Comparing…" : "Compare"}
        </Button>
      </div>
      <Failure error={error} again={compare} />
      {result && (
        <div role="status">
          <p>
            {plural(result.plus.length, "word")} more, {number(result.minus.length)} less, {number(result.changed.length)} with other settings.
          </p>
          <Words plus={result.plus} minus={result.minus} shown={100} />
          {result.changed.length > 0 && <p class="words">{result.changed.slice(0, 100).map((e) => <code class="tag">{e.text}</code>)}</p>}
        </div>
      )}
    </div>
  );
}

async function difference(path: string, from: number, to: number): Promise<Difference> {
  const at = async (revision: number) => (await get<{ entries: Entry[] }>(`${path}/export?format=json&revision=${revision}`)).entries;
  const old = new Map((await at(from)).map((e) => [identity(e), e]));
  const out: Difference = { plus: [], minus: [], changed: [] };
  for (const e of await at(to)) {
    const was = old.get(identity(e));
    if (!was) out.plus.push(e);
    else if (was.ban !== e.ban || was.note !== e.note || was.expires !== e.expires || was.rank !== e.rank) out.changed.push(e);
    old.delete(identity(e));
  }
  out.minus = [...old.values()];
  return out;
}
