// Bundles src into ../dist, which the program embeds: node build.mjs
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

// The licences of what is bundled, beside it and in it.
const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const licenses = Object.entries(dependencies)
  .map(([name, version]) => `${name} ${version}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}\n`)
  .join("\n\n");
writeFileSync("../LICENSES", licenses);

await build({
  entryPoints: ["src/app.tsx", "src/style.css"],
  outdir: "../dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  footer: { js: `/*! Contains:\n\n${licenses}*/` },
});

// What dist was made of, for the test that compares it with the sources.
const sum = createHash("sha256");
for (const name of ["package-lock.json", "build.mjs", ...readdirSync("src").sort().map((n) => "src/" + n)])
  sum.update(name + "\0").update(readFileSync(name)).update("\0");
writeFileSync("../dist/sources.sha256", sum.digest("hex") + "\n");
