// A password portal in miniature: POST /check tells what is wrong with a
// password while it is typed, POST /reset sets it if Veto accepts it.
import { createRequire } from "node:module";
import { check } from "./veto.mjs";

const express = createRequire(import.meta.url)("express"); // require also heeds NODE_PATH

const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "8kb" }));
if (process.env.PAGE) app.use(express.static(process.env.PAGE));

// person is what the session knows of whoever asks. It must never come from the
// request: then it could be left out.
const person = (_request) => ({ account: "jdoe", names: ["Jane Doe"], mail: "jane.doe@example.org" });

// judge answers 200 with a verdict that accepts, 422 with one that refuses, 503
// without one.
const judge = (operation, accepted) => async (request, response) => {
  const password = request.body?.password;
  if (typeof password !== "string") return response.status(400).json({ error: 'the body has to be {"password":"..."}' });
  const { verdict, error } = await check({ ...person(request), password, operation }, request.get("accept-language"));
  if (error) console.error("check:", error);
  const accept = verdict.decision === "accept";
  if (accept) await accepted(request);
  response.set("Cache-Control", "no-store").status(accept ? 200 : error ? 503 : 422);
  response.json({ decision: verdict.decision, reasons: verdict.reasons });
};

app.post("/check", judge(undefined, async () => {}));
app.post("/reset", judge("set", async () => console.log("password set"))); // here: hand it to the directory

// The default error page shows what could not be parsed: it may be a password.
app.use((error, _request, response, _next) => response.status(error.status ?? 500).json({ error: "bad request" }));

const [host, port] = (process.env.LISTEN ?? "127.0.0.1:3000").split(":");
const server = app.listen(Number(port), host, () => console.log(`listening on http://${host}:${server.address().port}`));
