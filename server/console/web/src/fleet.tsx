// Fleet: the domain controllers that report.
import { useEffect, useState } from "preact/hooks";
import { type FleetView, get, type Machine, Problem, query, type Verdicts } from "./api";
import { percent } from "./outcomes";
import { Button, Failure, number, Page, plural, span, useLoad } from "./ui";

/** states are the worst first: what it means, and what to do. */
const states: Record<string, { kind: string; tell: (m: Machine) => string }> = {
  missing: { kind: "bad", tell: () => "Expected, and has never reported. Install the sidecar there, or take it off fleet.expect." },
  silent: { kind: "bad", tell: () => "No report for long. Is the sidecar running, and does it reach this server? Its filter judges on without it." },
  stopped: { kind: "bad", tell: (m) => m.error || "Its sidecar was stopped. Until it starts again its filter gives the declared answer." },
  behind: { kind: "warn", tell: (m) => `There have been newer lists for ${span(m.lag_seconds)}. Can it reach the source of its bundle?` },
  failing: { kind: "bad", tell: (m) => m.error || "It has no lists, so its filter gives the declared answer." },
  ok: { kind: "good", tell: () => "" },
};

const refresh = 30_000; // ms

/** Fleet shows the machines, those of one state if the address has it behind the ?. */
export function Fleet({ search }: { search: string }) {
  const fleet = useLoad(() => get<FleetView>("/v1/fleet"), []);
  const told = new URLSearchParams(search).get("state") ?? "";
  const state = Object.hasOwn(states, told) ? told : "";
  const [text, setText] = useState("");
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && fleet.reload(), refresh);
    return () => clearInterval(timer);
  }, []);
  const view = fleet.value;
  const unkept = fleet.error instanceof Problem && [404, 501].includes(fleet.error.status);
  const fits = (m: Machine) => (state === "" || m.state === state) && (m.host + " " + (m.site ?? "")).toLowerCase().includes(text.trim().toLowerCase());
  const shown = view?.machines.filter(fits) ?? [];
  return (
    <Page title="Fleet" actions={<Button onClick={fleet.reload}>Refresh</Button>}>
      {!unkept && <Failure error={fleet.error} again={fleet.reload} />}
      {(unkept || view?.machines.length === 0) && <Empty />}
      {view && view.machines.length > 0 && (
        <>
          <div class="tiles" role="group" aria-label="states, to choose one">
            {Object.keys(states).map((name) => (
              <button type="button" class="tile" aria-pressed={state === name} onClick={() => (location.hash = "#/fleet" + query({ state: state === name ? "" : name }))}>
                <strong class={view.states[name] > 0 ? states[name].kind : "quiet"}>{number(view.states[name] ?? 0)}</strong>
                <span>{name}</span>
              </button>
            ))}
          </div>
          <div class="toolbar">
            <input type="search" aria-label="Search machines and sites" placeholder="Machine or site" value={text} onInput={(e) => setText(e.currentTarget.value)} />
            <span class="quiet" role="status">
              {shown.length === view.machines.length ? plural(shown.length, "machine") : `${number(shown.length)} of ${plural(view.machines.length, "machine")}`}
              {view.bundle > 0 && <> · newest bundle {view.bundle}</>}
            </span>
          </div>
          {shown.length > 0 ? <Machines all={shown} newest={view.bundle} /> : <p>No machine fits.</p>}
        </>
      )}
    </Page>
  );
}

function Empty() {
  return (
    <section class="card empty">
      <h2>No domain controller reports yet</h2>
      <p>
        A filter that is installed on all but one controller is a filter with a door. Each <code>veto sidecar</code> that is told this server’s address appears here with its version, its lists and how far it lags behind; those of{" "}
        <code>fleet.expect</code> are missed until they do.
      </p>
      <pre tabIndex={0}>{`veto sidecar --report-to ${location.origin}`}</pre>
      <p class="quiet">docs/OPERATING.md says how to install it on Windows, Samba, OpenLDAP and PAM.</p>
    </section>
  );
}

const most = 500; // machines that are drawn; of more one is searched for

function Machines({ all, newest }: { all: Machine[]; newest: number }) {
  return (
    <>
      <div class="scroll" role="region" aria-label="domain controllers" tabIndex={0}>
        <table class="stacked">
          <thead>
            <tr>
              {["Machine", "State", "Mode", "Lists", "Last heard of", "Decisions"].map((h) => (
                <th scope="col">{h}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.slice(0, most).map((m) => (
              <Row key={m.host} machine={m} newest={newest} />
            ))}
          </tbody>
        </table>
      </div>
      {all.length > most && <p class="quiet">and {number(all.length - most)} more; search for one</p>}
    </>
  );
}

function Row({ machine: m, newest }: { machine: Machine; newest: number }) {
  const { kind, tell } = states[m.state] ?? { kind: "bad", tell: () => "" };
  const ago = (seconds: number) => (seconds < 5 ? "just now" : span(seconds) + " ago");
  const known = m.state !== "missing";
  return (
    <tr>
      <th scope="row">
        {m.host}
        {m.site && <div class="quiet site">{m.site}</div>}
      </th>
      <td data-label="State" class="wide">
        <span class={"mark " + kind}>{m.state}</span>
        {tell(m) && <div class="quiet">{tell(m)}</div>}
      </td>
      <td data-label="Mode">
        {known && (
          <>
            <span class={"mark " + (m.mode === "enforce" ? "" : m.mode === "audit" ? "warn" : "bad")}>{m.mode}</span>
            <div class="quiet line" title={m.version}>
              {m.version && "veto " + m.version.slice(0, 12)}
            </div>
          </>
        )}
      </td>
      <td data-label="Lists" class="line">
        {known && (m.bundle ? (m.bundle === newest ? `bundle ${m.bundle}, the newest` : `bundle ${m.bundle}, ${newest - m.bundle} behind`) : m.snapshot ? "of its own" : "none")}
        {m.snapshot && (
          <div>
            <code class="quiet" title={m.snapshot}>
              {m.snapshot.slice(7, 19)}
            </code>
          </div>
        )}
      </td>
      <td data-label="Last heard of">
        <span class="line">{known ? ago(m.silence_seconds) : "never"}</span>
        {known && <div class="quiet">{m.last_verdict_seconds === undefined ? "no verdict yet" : `verdict ${ago(m.last_verdict_seconds + m.silence_seconds)}`}</div>}
      </td>
      <td data-label="Decisions">{known && <Decisions counts={m.counts ?? {}} />}</td>
    </tr>
  );
}

/** Decisions tells those since the start of a machine. */
function Decisions({ counts }: { counts: Record<string, Verdicts> }) {
  const sum = (key: keyof Verdicts) => Object.values(counts).reduce((n, v) => n + v[key], 0);
  const all = sum("accepted") + sum("rejected");
  const parts = [sum("rejected") > 0 && `${percent(sum("rejected"), all)} refused`, sum("would_reject") > 0 && `${percent(sum("would_reject"), all)} would be refused`, sum("undecided") > 0 && `${number(sum("undecided"))} not decided`];
  return (
    <span title="since its start">
      {number(all)}
      <div class="quiet">{parts.filter(Boolean).join(", ")}</div>
    </span>
  );
}
