// Health: what is in force.
import { useState } from "preact/hooks";
import { get, request, type Session, type Snapshot } from "./api";
import { Sizes } from "./lists";
import { Button, Failure, Notice, Page, plural, useLoad, When } from "./ui";

export function Health({ session }: { session: Session }) {
  const snapshot = useLoad(() => get<Snapshot>("/v1/snapshot"), []);
  const ready = useLoad(() => get<{ status: string }>("/readyz"), []);
  const [done, setDone] = useState("");
  const [error, setError] = useState<unknown>();
  const reload = async () => {
    setError(undefined);
    try {
      await request("POST", "/v1/reload");
      setDone("Configuration, files and lists were read again.");
      snapshot.reload();
    } catch (e) {
      setError(e);
    }
  };
  const s = snapshot.value;
  return (
    <Page title="Health" actions={<Button onClick={reload}>Reload everything</Button>}>
      <Failure error={snapshot.error ?? error} again={snapshot.reload} />
      {done && <Notice kind="good">{done}</Notice>}
      {ready.error ? <Notice kind="bad">Not ready: {String((ready.error as Error).message)}</Notice> : ready.value && <Notice kind="good">Ready: passwords are judged.</Notice>}
      {s?.error && (
        <Notice kind="warn">
          What was asked for is not in force since <When time={s.error_since} />: {s.error}. The state before goes on deciding.
        </Notice>
      )}
      {s && (
        <div class="columns">
          <section class="card grow">
            <h2>In force</h2>
            <dl class="facts">
              <div>
                <dt>Snapshot</dt>
                <dd>
                  <code title={s.snapshot}>{s.snapshot.slice(0, 19)}…</code>
                </dd>
              </div>
              <div>
                <dt>Since</dt>
                <dd>
                  <When time={s.since} />
                </dd>
              </div>
              <div>
                <dt>Built in</dt>
                <dd>{s.build_seconds.toFixed(2)} s</dd>
              </div>
              <div>
                <dt>Edits since</dt>
                <dd>{plural(s.amended, "word")}</dd>
              </div>
              <div>
                <dt>Will expire</dt>
                <dd>
                  {plural(s.expiring, "word")}
                  {s.next_expiry && <>, {s.expiring > 1 && "the first "}<When time={s.next_expiry} /></>}
                </dd>
              </div>
              <div>
                <dt>Version</dt>
                <dd>{session.version}</dd>
              </div>
            </dl>
          </section>
          <section class="card grow">
            <h2>Lists</h2>
            <Sizes lists={s.lists} />
          </section>
        </div>
      )}
    </Page>
  );
}
