// Fleet: the domain controllers that report.
import { type FleetView, get, type Machine, Problem } from "./api";
import { Button, Failure, number, Page, span, useLoad } from "./ui";

const states: Record<string, { kind: string; words: string }> = {
  missing: { kind: "bad", words: "it is expected and has never reported" },
  silent: { kind: "bad", words: "it has not reported for long" },
  behind: { kind: "warn", words: "it has had an older bundle for long" },
  failing: { kind: "bad", words: "it reports an error, or has no lists" },
  ok: { kind: "good", words: "it reports, and has the newest lists" },
};

export function Fleet() {
  const fleet = useLoad(() => get<FleetView>("/v1/fleet"), []);
  const view = fleet.value;
  const unkept = fleet.error instanceof Problem && [404, 501].includes(fleet.error.status);
  return (
    <Page title="Fleet" actions={<Button onClick={fleet.reload}>Refresh</Button>}>
      {!unkept && <Failure error={fleet.error} again={fleet.reload} />}
      {(unkept || view?.machines.length === 0) && (
        <section class="card empty">
          <h2>No domain controller reports yet</h2>
          <p>
            A filter that is installed on all but one controller is a filter with a door. Each <code>veto sidecar</code> that is told this server’s address (<code>--report-to</code>, or <code>fleet.server</code>) appears
            here with its version, its lists and how far it lags behind; those of <code>fleet.expect</code> are missed until they do.
          </p>
          <p class="quiet">docs/OPERATING.md says how to install it on Windows and Samba.</p>
        </section>
      )}
      {view && view.machines.length > 0 && (
        <>
          <div class="tiles">
            {Object.entries(view.states).map(([name, n]) => (
              <div class="tile" title={states[name]?.words}>
                <strong class={n > 0 ? states[name]?.kind : ""}>{number(n)}</strong>
                <span>{name}</span>
              </div>
            ))}
            {view.bundle > 0 && (
              <div class="tile">
                <strong>{number(view.bundle)}</strong>
                <span>newest bundle</span>
              </div>
            )}
          </div>
          <Machines all={view.machines} />
        </>
      )}
    </Page>
  );
}

function Machines({ all }: { all: Machine[] }) {
  const ago = (seconds: number) => span(seconds) + " ago";
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {["Controller", "Site", "State", "Mode", "Version", "Bundle", "Lag", "Last report", "Last verdict"].map((h) => (
              <th scope="col">{h}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map((m) => (
            <tr>
              <th scope="row">{m.host}</th>
              <td>{m.site}</td>
              <td>
                <span class={"mark " + (states[m.state]?.kind ?? "bad")} title={states[m.state]?.words}>
                  {m.state}
                </span>{" "}
                {m.error}
              </td>
              <td>{m.mode}</td>
              <td>{m.version}</td>
              <td>{m.bundle || <code>{(m.snapshot ?? "").slice(7, 15)}</code>}</td>
              <td class="line">{m.lag_seconds > 0 ? span(m.lag_seconds) : ""}</td>
              <td class="line">{m.state === "missing" ? "never" : ago(m.silence_seconds)}</td>
              <td class="line">{m.last_verdict_seconds === undefined ? "never" : ago(m.last_verdict_seconds + m.silence_seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
