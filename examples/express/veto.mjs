// Asks a Veto server for verdicts, with what Node brings along. Copy this file.
import { readFileSync } from "node:fs";

const url = new URL("/v1/check", process.env.VETO_URL ?? "http://127.0.0.1:8080");
const token = process.env.VETO_TOKEN_FILE && readFileSync(process.env.VETO_TOKEN_FILE, "utf8").trim();
const timeout = 2000; // ms: a check takes microseconds, what takes this long is a fault

const unavailable = {
  decision: "reject",
  reasons: [{ code: "unavailable", message: "could not be checked", advice: "Your password is not the cause: try again in a few minutes." }],
};

// check returns { verdict, error }. The verdict is to be acted on in any case:
// without an answer it refuses, or is what the server declares for that case.
// The error is for the log; nothing in it is from the request.
export async function check(request, languages) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Accept-Language": languages || "en",
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(request),
      redirect: "error", // it would carry the password to wherever it points
      signal: AbortSignal.timeout(timeout),
    });
    const verdict = await response.json();
    const known = verdict.decision === "accept" || verdict.decision === "reject";
    if (known && response.status === 200) return { verdict };
    if (known && response.status === 503) return { verdict, error: "declared answer" };
    return { verdict: unavailable, error: `status ${response.status}` };
  } catch (error) {
    return { verdict: unavailable, error: error.cause?.code ?? error.name };
  }
}
