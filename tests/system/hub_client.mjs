// Downloads a repository with npm @huggingface/hub, unmodified: node tests/system/hub_client.mjs URL REPOSITORY FOLDER
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(path.join(root, ".deps/node/package.json"));
const { downloadFile, fileExists, listFiles, modelInfo } = require("@huggingface/hub");
const [hubUrl, name, folder] = process.argv.slice(2);
const repo = { type: "model", name };

const about = await modelInfo({ name, hubUrl });
const files = [];
for await (const file of listFiles({ repo, hubUrl, recursive: true })) {
  if (file.type === "file") files.push(file);
}
for (const { path: file, size } of files) {
  const blob = await downloadFile({ repo, path: file, hubUrl });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  if (bytes.length !== size) throw new Error(`${file}: ${bytes.length} bytes instead of ${size}`);
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), bytes);
}
if (await fileExists({ repo, path: "nothing", hubUrl })) throw new Error("a file that there is not");
console.log(JSON.stringify({ task: about.task, files: files.map((file) => file.path) }));
