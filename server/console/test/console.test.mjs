// The console in a real browser, against a real server: npm test.
import assert from "node:assert/strict";
import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, afterEach, describe, test } from "node:test";
import { accessible, Browser, Fleet, fits, hosts, Server, until, visit } from "./harness.mjs";

const evil = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
const pages = ["try", "lists", "lists/custom%2Fcompany", "policies", "activity", "fleet", "health"];

let browser;
before(async () => (browser = await Browser.launch()));
after(() => browser.close());
afterEach(() => browser.quiet());

const button = (page, name, scope = page) => scope.getByRole("button", { name, exact: true });
const dialog = (page) => page.locator("dialog[open]").last();

describe("without credentials", () => {
  let server;
  before(async () => {
    server = await new Server().start();
    await server.list("company", [{ text: "contoso" }, { text: "wingtip toys", note: evil, ban: true }, { text: evil }], evil);
    await server.ask("PUT", "/v1/policies/" + encodeURIComponent("staff"), { name: "staff", profile: "strict", mode: "audit", groups: [evil], precedence: 10 }, { "If-None-Match": "*" });
    for (const password of ["Summer2024!", "Contoso2025!", "violet-anchor-mossy-Trellis"])
      await server.ask("POST", "/v1/check:batch", { checks: Array.from({ length: 20 }, (_, i) => ({ password, account: i % 2 ? evil : "jdoe", operation: i % 3 ? "set" : "change", policy: i % 4 ? "default" : "staff" })) });
  });
  after(() => server.remove());

  for (const theme of ["light", "dark"])
    for (const [width, height] of [[360, 740], [1280, 860], [3840, 2160]])
      test(`every page, ${theme}, ${width} px`, async () => {
        const page = await browser.page(server, { theme, width, height });
        for (const p of pages) {
          await visit(page, server, p);
          if (p === "try") {
            await page.fill("#password", "Contoso-Summer2024!");
            await page.waitForSelector(".parts");
          }
          await page.waitForLoadState("networkidle");
          await fits(page, p);
          if (width !== 3840) await accessible(page, `${p} ${theme} ${width}`);
        }
        await page.context().close();
      });

  for (const theme of ["light", "dark"])
    test(`every dialog, ${theme}`, async () => {
      const page = await browser.page(server, { theme, path: "lists" });
      const look = async (where) => {
        await dialog(page).waitFor();
        await page.waitForLoadState("networkidle");
        await accessible(page, where + " " + theme);
        await page.keyboard.press("Escape");
        await page.waitForSelector("dialog[open]", { state: "detached" });
      };
      await button(page, "New list").click();
      await look("new list");
      await page.goto(server.base + "/#/lists/custom%2Fcompany");
      for (const name of ["Add words", "History", "Delete", "contoso"]) {
        await button(page, name).click();
        await look(name);
      }
      await button(page, "Add words").click();
      await page.getByLabel("Words, one per line").fill("northwind\nab");
      await button(page, "See what changes").click();
      await page.getByText("cannot be on a list").waitFor();
      await look("refused words");
      await page.goto(server.base + "/#/policies");
      await button(page, "New policy").click();
      await page.locator("dialog summary").click();
      await look("new policy");
      await page.locator("summary").click();
      await button(page, "Edit strict").waitFor();
      await accessible(page, "all policies " + theme);
      for (const name of ["Edit default", "History of staff"]) {
        await button(page, name).click();
        await look(name);
      }
      await page.getByRole("group", { name: "mode of staff" }).getByRole("button", { name: "enforce" }).click();
      await look("enforce");
      await page.context().close();
    });

  test("markup in lists, notes, accounts and groups is text", async () => {
    const page = await browser.page(server, { path: "lists/custom%2Fcompany" });
    assert.equal(await page.getByText(evil).count() > 0, true);
    await page.fill("input[type=search]", "<script");
    await page.waitForFunction(() => document.querySelectorAll(".entries tbody tr").length === 1);
    for (const p of [...pages, "lists/" + encodeURIComponent(evil), "lists/%", evil]) await visit(page, server, p);
    await page.goto(server.base + "/#/try");
    await page.getByLabel("Account").fill(evil);
    await page.fill("#password", evil);
    await button(page, "Show").click();
    await page.waitForSelector(".parts");
    assert.equal(await page.locator("main img, main script").count(), 0);
    await page.context().close();
  });

  test("from paste to a refused password to undo", async () => {
    const page = await browser.page(server, { path: "lists" });
    await button(page, "New list").click();
    await page.getByLabel("Name").fill("company");
    await button(page, "Next: its words").click();
    await page.getByText("There is a list of that name already").waitFor();
    await page.getByLabel("Name").fill("flow");
    await page.getByLabel("Note").fill("flowing");
    await button(page, "Next: its words").click();
    await page.getByLabel("Words, one per line").fill("first-of-all");
    await button(page, "See what changes").click();
    await page.getByText("1 word more").waitFor();
    await button(page, "Apply").click();
    await page.getByText("flowing").waitFor();
    await page.getByText("The list is in force").waitFor();
    await button(page, "Add words").first().click();
    await page.getByLabel("Words, one per line").fill("# ours\nzorbitania\nkalmwijk");
    await button(page, "See what changes").click();
    await page.getByText("2 words more").waitFor();
    const instance = dialog(page).getByRole("row", { name: `Zorbitania${new Date().getFullYear()}!` });
    assert.deepEqual(await instance.getByRole("cell").allTextContents(), ["accepted", "refused"]);
    await accessible(page, "what new words refuse");
    await button(page, "Apply").click();
    await page.getByText("In force since").waitFor();
    const judge = async (want) => {
      const tab = await browser.page(server, { context: page.context(), path: "try" });
      await tab.fill("#password", "Zorbitania-9");
      await tab.locator(".notice strong", { hasText: want }).waitFor();
      const tags = await tab.locator("code.tag").allTextContents();
      assert.equal(tags.includes("custom/flow"), want === "Refused");
      if (want === "Refused") {
        await tab.getByText("What would make it pass").waitFor();
        const example = await tab.locator(".example").textContent();
        await tab.fill("#password", "Zorbitania-9" + example.replace("…", ""));
        await tab.locator(".notice strong", { hasText: "Accepted" }).waitFor();
      }
      await tab.close();
    };
    await judge("Refused");
    await button(page, "Undo").click();
    await page.getByText("2 less").waitFor();
    await button(page, "History").click();
    await button(page, "Compare").click();
    await dialog(page).getByText("0 words more, 2 less").waitFor();
    await page.locator(".history li", { hasText: "3 words then" }).getByRole("button", { name: "Go back to this" }).click();
    await page.getByText("2 words more").waitFor();
    await button(page, "Apply").click();
    await page.getByText("zorbitania").first().waitFor();
    await judge("Refused");
    await page.context().close();
  });

  test("two editors race", async () => {
    await server.list("race", ["first-word"]);
    const page = await browser.page(server, { path: "lists/custom%2Frace" });
    await button(page, "Add words").click();
    await page.getByLabel("Words, one per line").fill("mineminemine");
    await button(page, "See what changes").click();
    await page.getByText("1 word more").waitFor();
    await server.ask("PATCH", "/v1/lists/race", { add: ["theirstheirs"] }, { "If-Match": "*" });
    await button(page, "Apply").click();
    await page.getByText("Somebody else changed this meanwhile").waitFor();
    await accessible(page, "a race");
    await page.getByRole("button", { name: /^Look again/ }).click();
    await page.getByText("1 word more").waitFor();
    await button(page, "Apply").click();
    await page.getByText("In force since").waitFor();
    const { page: entries } = await server.ask("GET", "/v1/lists/race");
    assert.deepEqual(entries.map((e) => e.text).sort(), ["first-word", "mineminemine", "theirstheirs"]);
    await page.context().close();
  });

  test("a closed dialog keeps what was typed", async () => {
    await server.list("kept", ["first-word"]);
    const page = await browser.page(server, { path: "lists/custom%2Fkept" });
    await button(page, "Add words").click();
    await page.getByLabel("Words, one per line").fill("half a thought");
    await page.keyboard.press("Escape");
    await button(page, "Add words").click();
    assert.equal(await page.getByLabel("Words, one per line").inputValue(), "half a thought");
    await page.context().close();
  });

  test("a lost server in mid-edit, then back", async () => {
    await server.list("lost", ["first-word"]);
    const page = await browser.page(server, { path: "lists/custom%2Flost", calm: true });
    await button(page, "Add words").click();
    await page.getByLabel("Words, one per line").fill("northwindish");
    await button(page, "See what changes").click();
    await page.getByText("1 word more").waitFor();
    await server.stop();
    await button(page, "Apply").click();
    await page.getByText("The server cannot be reached").waitFor();
    await server.start();
    await button(page, "Try again").click();
    await page.getByText("In force since").waitFor();
    await page.context().close();
  });

  test("broken and odd uploads", async () => {
    await server.list("upload", []);
    const page = await browser.page(server, { path: "lists/custom%2Fupload" });
    const file = (name) => join(server.dir, name);
    const choose = async (name, content) => {
      writeFileSync(file(name), content);
      await page.setInputFiles("input[type=file]", file(name));
      await button(page, "See what changes").click();
    };
    await button(page, "Add words").first().click();
    for (const [name, content, message] of [
      ["binary.txt", Buffer.from([0x50, 0x4b, 3, 4, 0, 0xff, 0xfe, 0]), "This is not a text file"],
      ["latin.txt", Buffer.from([0x6d, 0xfc, 0x6c, 0x6c, 0x65, 0x72]), "This is not a text file"],
      ["empty.txt", "", "There is no word in it"],
      ["comments.txt", "# a\n\n# b\n", "There is no word in it"],
      ["cut.csv", 'text,note\ncontosoville,"never ends\n', "CSV file is damaged"],
      ["large.txt", Buffer.alloc(51 << 20, "a\n"), "larger than 50 MiB"],
    ]) {
      await choose(name, content);
      await page.getByText(message).waitFor();
      await button(page, "Take it away").click();
    }
    for (const [name, content, want] of [
      ["utf16.txt", Buffer.from("\ufeffmüllerstadt\r\nzweitwort", "utf16le"), "2 words more"],
      ["export.csv", 'text,match,ban,note\r\n"contoso ""ville""",exact,true,\'=1+1\r\nplaintown,,,\r\n', "2 words more"],
      ["export.json", '{"note":"x","entries":["jsonville",{"text":"jsontown","match":"prefix"}]}', "2 words more"],
    ]) {
      await choose(name, content);
      await page.getByText(want).waitFor();
      await button(page, "Back").click();
      await button(page, "Take it away").click();
    }
    writeFileSync(file("gone.txt"), "disappearing");
    await page.setInputFiles("input[type=file]", file("gone.txt"));
    truncateSync(file("gone.txt"), 3);
    await button(page, "See what changes").click();
    await page.getByText(/cannot be read|1 word more/).waitFor();
    await page.context().close();
  });

  test("a paste of 10 MB", async () => {
    await server.list("paste", []);
    const page = await browser.page(server, { path: "lists/custom%2Fpaste" });
    await button(page, "Add words").first().click();
    const size = await page.evaluate(() => {
      const text = Array.from({ length: 100_000 }, (_, i) => i.toString(36).padStart(5, "x").repeat(20)).join("\n");
      const data = new DataTransfer();
      data.setData("text", text);
      const begun = performance.now();
      document.querySelector("textarea").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      return [text.length, performance.now() - begun];
    });
    assert.ok(size[0] > 10e6);
    await page.getByText("Pasted text").waitFor();
    await button(page, "See what changes").click();
    await page.getByText(/\d,\d{3} words more/).waitFor({ timeout: 180_000 });
    await page.context().close();
  });

  test("guesses are cut, not rounded", async () => {
    const page = await browser.page(server, { path: "try" });
    await page.fill("#password", "apple river kitchen"); // 10^13.78
    await page.locator(".result").getByText("About 10^13.7 guesses; the policy asks for 10^14.0.").waitFor();
    await page.context().close();
  });

  test("10 MB pasted into Try", async () => {
    const page = await browser.page(server, { path: "try" });
    const sent = [];
    page.on("request", (r) => r.method() === "POST" && sent.push(r.postData().length));
    await page.locator("#password").focus();
    await page.keyboard.insertText("x".repeat(10e6));
    await page.locator(".result").getByText("This is longer than 1,024 characters, which no policy admits, and was not sent. Leave out a part of it.").waitFor();
    assert.deepEqual(sent, []);
    await page.fill("#password", "Contoso-Summer2024!");
    await page.locator(".notice strong", { hasText: "Refused" }).waitFor();
    assert.equal(await page.getByText("longer than").count(), 0);
    assert.ok(sent.length > 0 && Math.max(...sent) < 2000, sent.join());
    await page.context().close();
  });

  test("policies: form, race, mode with its figures, undo, history", async () => {
    const page = await browser.page(server, { path: "policies" });
    const card = page.getByRole("region", { name: "staff" });
    await card.getByText("12 to 256 characters").waitFor();
    await button(page, "Edit staff").click();
    await page.getByLabel("characters at least").fill("14");
    await dialog(page).getByText("length.min").waitFor();
    await server.ask("PUT", "/v1/policies/staff", { name: "staff", profile: "strict", mode: "audit", groups: ["Staff"], precedence: 11 }, { "If-Match": "*" });
    await button(page, "Save").click();
    await page.getByText("Somebody else changed this").waitFor();
    await button(page, "Look at the current one").click();
    await dialog(page).locator("li", { hasText: "precedence" }).waitFor();
    await button(page, "Save").click();
    await card.getByText("14 to 256 characters").waitFor();
    await button(page, "Undo").click();
    await card.getByText("12 to 256 characters").waitFor();
    await page.getByRole("group", { name: "mode of staff" }).getByRole("button", { name: "enforce" }).click();
    await dialog(page).getByText("would have been").waitFor();
    await button(page, "Leave it as it is").click();
    assert.equal((await server.ask("GET", "/v1/policies/staff")).document.mode, "audit");
    await page.getByRole("group", { name: "mode of staff" }).getByRole("button", { name: "enforce" }).click();
    await button(page, "Switch to enforce").click();
    await page.getByText("Policy staff is in force as changed").waitFor();
    assert.equal((await server.ask("GET", "/v1/policies/staff")).document.mode, "enforce");
    await button(page, "History of staff").click();
    await dialog(page).locator("li", { hasText: "length.min" }).first().waitFor();
    await dialog(page).getByRole("button", { name: "Go back to this" }).last().click();
    await page.getByText("Policy staff is in force as changed").waitFor();
    await button(page, "Edit staff").click();
    await page.locator("dialog summary").click();
    await page.getByLabel("document").fill("{");
    await dialog(page).getByText("not well-formed").first().waitFor();
    await page.getByLabel("document").fill('{"name":"staff","mode":"audit","lenght":{}}');
    await button(page, "Save").click();
    await dialog(page).getByText("lenght").last().waitFor();
    await page.context().close();
  });

  test("a new policy: its precedence, and errors in sight", async () => {
    const page = await browser.page(server, { path: "policies" });
    await button(page, "New policy").click();
    await page.getByLabel("Name", { exact: true }).fill("admins");
    await page.getByLabel("Groups, one per line").fill("Domain Admins");
    const precedence = page.getByLabel("Precedence");
    assert.ok(Number(await precedence.inputValue()) > 10);
    await precedence.fill("0");
    await button(page, "Save").click();
    const message = dialog(page).getByRole("alert");
    await message.getByText("precedence").first().waitFor();
    const seen = await message.boundingBox();
    assert.ok(seen.y > 0 && seen.y + seen.height < 860, JSON.stringify(seen));
    await precedence.fill("77");
    await button(page, "Save").click();
    await page.getByText("Policy admins is in force as changed").waitFor();
    assert.equal((await server.ask("GET", "/v1/policies/admins")).document.mode, "audit");
    await page.context().close();
  });

  test("activity: filters and downloads", async () => {
    const page = await browser.page(server, { path: "activity" });
    await page.waitForSelector(".u-wrap canvas");
    await page.locator("label", { hasText: /^Decision/ }).locator("select").selectOption("reject");
    await page.locator("tbody tr", { hasText: "refused" }).first().waitFor();
    await page.getByLabel("Channel").selectOption("batch");
    await page.locator("tbody tr", { hasText: "refused" }).first().waitFor();
    await page.getByLabel("Channel").selectOption("local");
    await page.getByText("No record fits in this time").waitFor();
    await page.getByLabel("Channel").selectOption("");
    await page.locator("tbody tr", { hasText: "refused" }).first().waitFor();
    for (const format of ["CSV", "JSON"]) {
      const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Save " + format).click()]);
      const text = readFileSync(await download.path(), "utf8");
      assert.ok(text.trim().split("\n").length > 10, text.slice(0, 200));
    }
    await page.context().close();
  });

  test("activity: a rule that only audits is told from one that refuses", async () => {
    await server.ask("PUT", "/v1/policies/watched", { name: "watched", mode: "audit", groups: ["Watched"], precedence: 20 }, { "If-None-Match": "*" });
    for (const policy of ["watched", "default"]) await server.ask("POST", "/v1/check", { password: "password", policy });
    for (const [policy, color, other] of [["watched", "warn", "bad"], ["default", "bad", "warn"]]) {
      const page = await browser.page(server, { path: "activity?policy=" + policy });
      const rules = page.locator("section.card", { hasText: "By rule" });
      await rules.locator("tr[title] .bar." + color).first().waitFor();
      assert.equal(await rules.locator(".bar." + other).count(), 0);
      await page.context().close();
    }
    await server.ask("DELETE", "/v1/policies/watched", undefined, { "If-Match": "*" });
  });

  test("activity: filters are in the address", async () => {
    const page = await browser.page(server, { path: "activity" });
    const hash = () => new URL(page.url()).hash;
    const all = { Time: "24h", Decision: "", Operation: "", Channel: "", Site: "", Policy: "", Reason: "", Records: "" };
    const field = (label) => page.locator(".filters select").nth(Object.keys(all).indexOf(label));
    const chosen = async (values) => {
      for (const [label, value] of Object.entries({ ...all, ...values })) await until(`${label} is ${value || "all"}`, async () => (await field(label).inputValue()) === value, 20_000);
    };
    const refused = () => page.waitForFunction(() => document.querySelector(".tile.good strong")?.textContent === "0" && document.querySelector(".tile.bad strong").textContent !== "0");
    await chosen({});
    assert.equal(hash(), "#/activity");
    await field("Decision").selectOption("reject");
    await refused();
    assert.equal(hash(), "#/activity?decision=reject");
    await field("Time").selectOption("1h");
    await field("Reason").selectOption("banned_term");
    await chosen({ Time: "1h", Decision: "reject", Reason: "banned_term" });
    assert.equal(hash(), "#/activity?last=1h&decision=reject&reason=banned_term");
    await page.goBack();
    await chosen({ Time: "1h", Decision: "reject" });
    await page.reload();
    await refused();
    await chosen({ Time: "1h", Decision: "reject" });
    await page.getByRole("link", { name: "Clear the filters" }).click();
    await chosen({});
    await visit(page, server, "activity?" + new URLSearchParams({ last: "1y", decision: "constructor", policy: "staff", site: evil, subject: "jdoe" }));
    await chosen({ Policy: "staff", Site: evil });
    await page.getByText("No record fits in this time and these filters").waitFor();
    await accessible(page, "activity without a record");
    await page.context().close();
  });

  test("by keyboard alone", async () => {
    await server.list("keys", []);
    const page = await browser.page(server, { path: "lists/custom%2Fkeys" });
    const reach = async (name) => {
      for (let i = 0; i < 60; i++) {
        const at = await page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.getAttribute("aria-label"));
        if (at === name) return;
        await page.keyboard.press("Tab");
      }
      assert.fail("the keyboard does not reach " + name);
    };
    await reach("Add words");
    await page.keyboard.press("Enter");
    await dialog(page).waitFor();
    await page.keyboard.type("keyboardish");
    await reach("See what changes");
    await page.keyboard.press("Enter");
    await page.getByText("1 word more").waitFor();
    await reach("Apply");
    await page.keyboard.press("Enter");
    await page.getByText("In force since").waitFor();
    await reach("Undo");
    await page.keyboard.press("Enter");
    await page.getByText("1 less").waitFor();
    await page.context().close();
  });
});

describe("with tokens", () => {
  let server;
  beforeEach(async () => {
    server = await new Server({ tokens: true }).start();
    await server.list("company", ["contoso"]);
  });
  afterEach(() => server.remove());

  const signIn = async (page, token) => {
    await page.getByLabel("Token").fill(token);
    await button(page, "Sign in").click();
    await page.waitForSelector("nav");
  };

  test("signing in and out", async () => {
    const page = await browser.page(server, { path: "lists" });
    await accessible(page, "sign-in");
    await page.getByLabel("Token").fill("veto_wrong");
    await button(page, "Sign in").click();
    await page.getByText("This token is not known").waitFor();
    await signIn(page, server.tokens.alice);
    await page.locator("nav").getByText("token:alice").waitFor();
    assert.equal(await page.evaluate(() => document.cookie), "");
    await page.reload();
    await page.getByText("company").waitFor();
    await page.goto(server.base + "/#/try");
    await page.getByText("curl -H @portal.header").waitFor();
    await button(page, "Sign out").click();
    await page.getByLabel("Token").waitFor();
    assert.ok(!server.log.includes(server.tokens.alice));
    await page.context().close();
  });

  test("a session that ends in mid-edit", async () => {
    const page = await browser.page(server, { path: "lists/custom%2Fcompany" });
    await signIn(page, server.tokens.bob);
    await button(page, "Add words").click();
    await page.getByLabel("Words, one per line").fill("northwindish");
    await button(page, "See what changes").click();
    await page.getByText("1 word more").waitFor();
    server.revoke("bob");
    await until("bob's token is refused", async () => (await fetch(server.base + "/v1/lists", { headers: { Authorization: "Bearer " + server.tokens.bob } })).status === 401);
    await button(page, "Apply").click();
    await dialog(page).getByText("Your session has ended").waitFor();
    await accessible(page, "an ended session");
    const [tab] = await Promise.all([page.context().waitForEvent("page"), dialog(page).getByRole("link", { name: "Sign in" }).click()]);
    await signIn(tab, server.tokens.alice);
    await tab.close();
    await button(page, "Try again").click();
    await page.getByText("In force since").waitFor();
    const { page: entries } = await server.ask("GET", "/v1/lists/company");
    assert.ok(entries.some((e) => e.text === "northwindish"));
    await page.context().close();
  });
});

describe("empty", () => {
  test("the first steps", async () => {
    const server = await new Server().start();
    const page = await browser.page(server, { path: "try" });
    await page.getByText("First steps").waitFor();
    await accessible(page, "first steps");
    for (const p of ["lists", "policies", "activity", "fleet", "health"]) {
      await visit(page, server, p);
      await accessible(page, p + " when empty");
    }
    await server.list("company", ["contoso"]);
    await page.goto(server.base + "/#/try");
    await page.getByText("✓ done").waitFor();
    await server.ask("POST", "/v1/check", { password: "Contoso2025" });
    await until("the check is in the audit", async () => (await server.ask("GET", "/v1/audit?kind=decision")).records.length > 0);
    await visit(page, server, "try");
    assert.equal(await page.getByText("First steps").count(), 0);
    await page.context().close();
    await server.remove();
  });

  test("without records", async () => {
    const server = await new Server({ audit: false }).start();
    const page = await browser.page(server, { path: "try" });
    await page.getByText("This server keeps no records").waitFor();
    await page.getByRole("link", { name: "Activity" }).first().click();
    await page.getByText("No records are kept").waitFor();
    await page.waitForLoadState("networkidle");
    assert.equal(await page.getByText("keeps no lists").count(), 0);
    await accessible(page, "activity without records");
    await page.context().close();
    await server.remove();
  });

  test("without a store", async () => {
    const server = await new Server({ store: false }).start();
    const page = await browser.page(server, { path: "lists" });
    for (const p of ["lists", "policies"]) {
      await visit(page, server, p);
      await page.getByText("--store FILE").waitFor();
      assert.equal(await page.getByRole("button", { name: /^(New|Edit|Make)/ }).count(), 0);
      await accessible(page, p + " without a store");
    }
    await visit(page, server, "try");
    await page.fill("#password", "Contoso-Summer2024!");
    await page.waitForSelector(".parts");
    await page.context().close();
    await server.remove();
  });
});

describe("with sidecars", { skip: !hosts() && "no host names of their own for processes here" }, () => {
  const fleet = hosts() && new Fleet(["dc1", "dc2", "dc3", "dc4"]);
  const asked = { dc1: 30, dc2: 20, dc3: 10 };
  before(async () => {
    await fleet.server.start();
    cpSync(join(fleet.dir, "bundle"), join(fleet.dir, "old"), { recursive: true });
    await fleet.sidecar("dc1", { site: "Berlin" });
    await fleet.sidecar("dc2", { site: "Berlin", mode: "audit" });
    await fleet.sidecar("dc3", { site: "Tokyo", source: "old" });
    await fleet.sidecar("dc5", { site: "Tokyo" });
    await fleet.server.ask("POST", "/v1/check", { password: "violet-anchor-mossy-Trellis", operation: "set" });
    for (const [host, n] of Object.entries(asked)) {
      for (let i = 0; i < n; i++) assert.equal(await fleet.judge(host, i % 2 ? "Contoso2025!" : "violet-anchor-mossy-Trellis", 1 + (i % 2)), i % 2 && host !== "dc2" ? "reject" : "accept");
      await until(host + " has reported all", async () => (await fleet.machine(host)).counts.change.accepted + (await fleet.machine(host)).counts.change.rejected === n / 2);
    }
    fleet.publish("contoso", "northwind");
    await fleet.lose("dc2");
    await fleet.stop("dc5");
    await until("each is in its state", async () => JSON.stringify((await fleet.server.ask("GET", "/v1/fleet")).states) === '{"behind":1,"failing":0,"missing":1,"ok":1,"silent":1,"stopped":1}');
  });
  after(() => fleet.remove());

  for (const [theme, width] of [["light", 1280], ["dark", 360]])
    test(`the fleet, ${theme}, ${width} px`, async () => {
      const page = await browser.page(fleet.server, { theme, width, path: "fleet" });
      const row = (host) => page.locator("tbody tr", { has: page.getByRole("rowheader", { name: host }) });
      await row("dc4").getByText("take it off fleet.expect").waitFor();
      await row("dc2").getByText("Is the sidecar running").waitFor();
      await row("dc2").getByText("50.0 % would be").waitFor();
      await row("dc5").getByText("Its sidecar was stopped").waitFor();
      await row("dc3").getByText("bundle 1, 1 behind").waitFor();
      await row("dc1").getByText("bundle 2, the newest").waitFor();
      await row("dc1").getByText("50.0 % refused").waitFor();
      await accessible(page, "the fleet");
      await fits(page, "the fleet");
      await page.getByRole("button", { name: "silent" }).click();
      await page.getByText("1 of 5 machines").waitFor();
      await page.reload();
      await page.getByText("1 of 5 machines").waitFor();
      assert.equal(new URL(page.url()).hash, "#/fleet?state=silent");
      assert.equal(await page.locator("tbody tr").count(), 1);
      await accessible(page, "the silent ones");
      await page.getByRole("button", { name: "silent" }).click();
      await page.getByLabel("Search machines and sites").fill("berlin");
      await page.getByText("2 of 5 machines").waitFor();
      await page.context().close();
    });

  test("activity by channel and site", async () => {
    const page = await browser.page(fleet.server, { path: "activity" });
    await page.getByText("60 of these 61 decisions are known by the reports of sidecars").waitFor();
    const share = (title, name) => page.locator(".breakdown .card", { hasText: title }).locator("tr", { hasText: name });
    const figures = (title, name) => share(title, name).locator(".figure").allTextContents();
    assert.deepEqual(await figures("By channel", "local endpoint"), ["60", "50.0 %"]);
    assert.deepEqual(await figures("By channel", "API, one check"), ["1", "0.0 %"]);
    assert.deepEqual(await figures("By site", "Berlin"), ["50", "50.0 %"]);
    assert.deepEqual(await figures("By site", "Tokyo"), ["10", "50.0 %"]);
    assert.deepEqual(await figures("By site", "Hamburg"), ["1", "0.0 %"]);
    await page.locator("tbody tr", { hasText: "5 × refused" }).first().waitFor();
    await accessible(page, "activity by site");
    await page.getByLabel("Site").selectOption("Tokyo");
    await page.waitForFunction(() => document.querySelector(".tile.good strong").textContent === "5");
    assert.equal(await page.locator(".tile.bad strong").textContent(), "5");
    await page.getByLabel("Policy").selectOption("default");
    await page.getByText("Sidecars report neither policies nor reasons").waitFor();
    await page.waitForFunction(() => document.querySelector(".tile.good strong").textContent === "0");
    await page.context().close();
  });
});
