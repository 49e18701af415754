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

/** reasons counts the reasons of all operations: those that refused, and those that were only audited. */
export function reasons(operations: Record<string, Tally>): Record<string, Outcomes> {
  const out: Record<string, Outcomes> = {};
  for (const { rejected_by, audited_by } of Object.values(operations))
    for (const [key, by] of [["reject", rejected_by], ["audit_only", audited_by]] as const)
      for (const [code, n] of Object.entries(by ?? {})) (out[code] ??= none())[key] += n;
  return out;
}

/** overall adds all operations up. */
export function overall(operations: Record<string, Outcomes>): Outcomes {
  const sum = none();
  for (const o of Object.values(operations)) increase(sum, o);
  return sum;
}
