// Uses the reset page in a headless Chromium: page.mjs URL URL-WITHOUT-VETO [FOLDER].
// The folder, if given, gets pictures. NODE_PATH has playwright-core and axe-core.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");
const [url, urlDown, folder] = process.argv.slice(2);
const weak = "Dragonfly92!", strong = "verblasst-Kiesel-91-orgel";
const languages = {
  en: ["New password", /^The password is too easy to guess\.$/],
  de: ["Neues Passwort", /^Das Passwort ist zu leicht zu erraten\.$/],
  fr: ["Nouveau mot de passe", /^Le mot de passe est trop facile à deviner\.$/],
  es: ["Nueva contraseña", /^La contraseña es demasiado fácil de adivinar\.$/],
  ja: ["新しいパスワード", /^パスワードは推測されやすいものです。$/],
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });

// open returns a page with a record of what it asks for and complains about.
async function open(address, options) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, ...options });
  const page = await context.newPage();
  const seen = { asked: [], complaints: [] };
  page.on("request", (r) => seen.asked.push(`${r.method()} ${new URL(r.url()).pathname}${new URL(r.url()).search}`));
  page.on("pageerror", (e) => seen.complaints.push(String(e)));
  page.on("console", (m) => {
    const refusal = /status of (422|503)/.test(m.text()); // Chromium reports these answers
    if (m.type() === "error" && !refusal) seen.complaints.push(m.text());
  });
  await page.goto(address);
  return { context, page, seen };
}

const asked = (seen, path) => seen.asked.filter((a) => a === `POST ${path}`).length;

async function accessible(page) {
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
}

async function judged(locale) {
  const [title, sentence] = languages[locale];
  const { context, page, seen } = await open(url, { locale, colorScheme: locale === "de" ? "dark" : "light" });
  const set = page.locator("#set");
  assert.equal(await page.locator("h1").textContent(), title);
  assert.equal(await page.locator("html").getAttribute("lang"), locale);

  await page.locator("#password").pressSequentially(weak, { delay: 20 });
  await page.locator("#verdict li").first().waitFor();
  const reasons = await page.locator("#verdict li").allTextContents();
  assert.ok(reasons.some((r) => sentence.test(r)), `${locale}: ${reasons}`);
  assert.ok((await page.locator("#verdict .advice").count()) > 0, `${locale}: no advice`);
  assert.ok(await set.isDisabled(), "a refused password could be sent");
  const previews = asked(seen, "/check");
  assert.ok(previews >= 1 && previews <= 4, `${previews} requests for ${weak.length} keys`);
  if (folder) await page.screenshot({ path: `${folder}/refused-${locale}.png` });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${locale}: wider than the screen`);

  await page.locator("#password").fill(strong);
  assert.ok(await set.isDisabled(), "the verdict is still the old password's");
  await page.locator("#verdict .good").waitFor();
  assert.ok(await set.isEnabled());
  await set.click();
  await page.waitForFunction(() => document.getElementById("password").value === "");
  assert.equal(asked(seen, "/reset"), 1);
  assert.deepEqual(seen.complaints, []);
  assert.ok(!seen.asked.some((a) => a.includes(weak) || a.includes(encodeURIComponent(strong))), "a password in a URL");
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length), 0);
  await context.close();
}

// overtaken has the verdict on the first password arrive behind the second's.
async function overtaken() {
  const { context, page } = await open(url, { locale: "en" });
  let slow;
  const late = new Promise((resolve) => (slow = resolve));
  await page.route("**/check", async (route) => {
    if (route.request().postData().includes(strong)) {
      slow(route);
      return;
    }
    await route.continue();
  });
  await page.locator("#password").fill(strong);
  const route = await late; // it hangs
  await page.locator("#password").fill(weak);
  await page.locator("#verdict li").first().waitFor();
  await route.continue().catch(() => {}); // given up by the page
  await page.waitForTimeout(200);
  assert.ok(await page.locator("#set").isDisabled(), "the overtaken verdict counts");
  assert.equal(await page.locator("#verdict .good").count(), 0);
  await context.close();
}

async function changedLanguage() {
  const { context, page } = await open(url, { locale: "en" });
  await page.locator("#password").fill(weak);
  await page.getByText("The password is too easy to guess.").waitFor();
  await page.locator("#language").selectOption("ja");
  await page.getByText("パスワードは推測されやすいものです。").waitFor();
  await page.locator("#show").click();
  assert.equal(await page.locator("#password").getAttribute("type"), "text");
  await context.close();
}

async function unavailable() {
  const { context, page } = await open(urlDown, { locale: "de" });
  await page.locator("#password").fill(strong);
  await page.getByText("konnte nicht geprüft werden").waitFor();
  assert.ok(await page.locator("#set").isDisabled());
  await page.evaluate(() => document.getElementById("form").requestSubmit()); // Enter, say
  await page.waitForTimeout(300);
  assert.equal(await page.locator("#password").inputValue(), strong, "what was typed is lost");
  await context.close();
}

async function audited(colorScheme) {
  const { context, page } = await open(url, { locale: "en", colorScheme, bypassCSP: true });
  await page.locator("#password").fill(weak);
  await page.locator("#verdict li").first().waitFor();
  await accessible(page);
  if (folder) await page.screenshot({ path: `${folder}/${colorScheme}.png` });
  await context.close();
}

try {
  for (const locale of Object.keys(languages)) await judged(locale);
  await overtaken();
  await changedLanguage();
  await unavailable();
  await audited("light");
  await audited("dark");
} finally {
  await browser.close();
}
