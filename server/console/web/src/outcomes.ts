// How decisions ended, added up.
export interface Outcomes { pass: number; reject: number; audit_only: number; undecided: number }

export const none = (): Outcomes => ({ pass: 0, reject: 0, audit_only: 0, undecided: 0 });

export const total = (o: Outcomes) => o.pass + o.reject + o.audit_only + o.undecided;

/** increase adds o to sum, or takes it off. */
export function increase(sum: Outcomes, o: Outcomes, times = 1) {
  for (const k of ["pass", "reject", "audit_only", "undecided"] as const) sum[k] += times * o[k];
}

/** percent tells a share. */
export const percent = (n: number, of: number) => (of === 0 ? "–" : ((100 * n) / of).toFixed(1) + " %");

type Tally = Outcomes & { rejected_by?: Record<string, number>; audited_by?: Record<string, number> };

/** reasons counts the reasons of all operations, whatever they led to. */
export function reasons(operations: Record<string, Tally>): Record<string, number> {
  const out: Record<string, number> = {};
  for (const c of Object.values(operations)) for (const by of [c.rejected_by, c.audited_by]) for (const [k, v] of Object.entries(by ?? {})) out[k] = (out[k] ?? 0) + v;
  return out;
}

/** overall adds all operations up. */
export function overall(operations: Record<string, Outcomes>): Outcomes {
  const sum = none();
  for (const o of Object.values(operations)) increase(sum, o);
  return sum;
}
