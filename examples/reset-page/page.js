// Judges the password while it is typed, and shows why it would be refused and
// what helps. The password is in the field and in requests, nowhere else.
import { texts } from "./texts.js";

const quiet = 300; // ms without a key before a password is sent
const field = document.getElementById("password");
const language = document.getElementById("language");
const verdict = document.getElementById("verdict");
const set = document.getElementById("set");
let timer;
let pending = new AbortController(); // of the last request

const spoken = navigator.languages.map((l) => l.slice(0, 2)).find((l) => l in texts);
language.value = spoken ?? "en";

function translate() {
  document.documentElement.lang = language.value;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = texts[language.value][node.dataset.text];
  document.title = texts[language.value].title;
  show.textContent = texts[language.value][field.type === "password" ? "show" : "hide"];
}

// ask returns the answer to the password, or the refusal that stands for none.
// It is null if another request has overtaken it.
async function ask(path) {
  pending.abort();
  const mine = (pending = new AbortController());
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language.value },
      body: JSON.stringify({ password: field.value }),
      signal: AbortSignal.any([mine.signal, AbortSignal.timeout(5000)]),
    });
    const answer = await response.json();
    if (response.ok && answer.decision === "accept") return answer;
    if (response.status === 422) return { decision: "reject", reasons: answer.reasons };
  } catch {
    if (mine.signal.aborted) return null;
  }
  return mine.signal.aborted ? null : { decision: "reject" };
}

function line(name, text, parent) {
  const node = parent.appendChild(document.createElement(name));
  node.textContent = text; // never innerHTML
  return node;
}

// display shows what is wrong, each reason a sentence, and each advice once.
function display(answer, accepted) {
  const words = texts[language.value];
  verdict.replaceChildren();
  if (answer.decision === "accept") return void (line("p", words[accepted], verdict).className = "good");
  if (!answer.reasons) return void line("p", words.unavailable, verdict);
  const list = verdict.appendChild(document.createElement("ul"));
  for (const reason of answer.reasons) line("li", words.sentence.replace("{}", () => reason.message), list);
  const advice = new Set(answer.reasons.map((reason) => reason.advice).filter(Boolean));
  for (const text of advice) line("p", text, verdict).className = "advice";
}

async function preview() {
  if (field.value === "") return verdict.replaceChildren();
  const answer = await ask("check");
  if (answer === null) return;
  display(answer, "good");
  set.disabled = answer.decision !== "accept";
}

function changed() {
  clearTimeout(timer);
  pending.abort(); // its answer would be about another password
  set.disabled = true;
  timer = setTimeout(preview, quiet);
}

async function submit(event) {
  event.preventDefault();
  clearTimeout(timer);
  set.disabled = true;
  const answer = await ask("reset");
  if (answer === null) return;
  if (answer.decision === "accept") field.value = "";
  display(answer, "done");
}

const show = document.getElementById("show");
show.addEventListener("click", () => {
  const hidden = field.type === "password";
  field.type = hidden ? "text" : "password";
  show.setAttribute("aria-pressed", String(hidden));
  translate();
});
field.addEventListener("input", changed);
language.addEventListener("change", () => { translate(); changed(); });
document.getElementById("form").addEventListener("submit", submit);
translate();
