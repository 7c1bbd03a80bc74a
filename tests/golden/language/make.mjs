// Writes tokens.json with Hugging Face's own tokenizers: node tests/golden/language/make.mjs FOLDER, where FOLDER has
// npm @anush008/tokenizers 0.6.0 in node_modules. The vocabulary is zoo/words's, cut by each of the patterns.
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const { Tokenizer } = createRequire(path.resolve(process.argv[2]) + "/")("@anush008/tokenizers");
const here = path.dirname(new URL(import.meta.url).pathname);
const document = JSON.parse(readFileSync(path.join(here, "../../../zoo/words/model/tokenizer.json")));
const split = (digits) => ({
  type: "Sequence",
  pretokenizers: [
    { type: "Split", behavior: "Isolated", invert: false, pattern: { Regex:
      `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+` } },
    { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
});
const patterns = { gpt2: document.pre_tokenizer, llama3: split("\\p{N}{1,3}"), qwen2: split("\\p{N}") };
const texts = [
  "What is an otter?", "", " ", "  two  spaces  ", "tabs\tand\nlines\r\n\r\n  end\n", "don't DON'T we'll WE'LL 'twas it's",
  "1234567 12 3.14159 ²³ ٣٤", "Ünïcödé straße ΑΒΓ Привет", "漢字かな 한국어", "emoji 🚀👩‍🚀🇪🇺 ok", "a_b-c/d\\e (f) [g] {h} <i>", "!!! ??? ...",
  "x = y+1; // comment\n\tif (a) { b(); }\n", "\u00a0nbsp\u2003em\u200bzero", "mixed 'quotes' \"double\" `tick`", "end with space ",
  "CamelCaseWord lower UPPER", "e\u0301 combining", "\u0000\u0001\u007f control", "a\n\n\nb\n \n c",
];
const golden = { source: "npm @anush008/tokenizers 0.6.0 (Hugging Face tokenizers)", patterns: {} };
const folder = mkdtempSync(path.join(tmpdir(), "tokens-"));
for (const [name, pre_tokenizer] of Object.entries(patterns)) {
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...document, added_tokens: [], pre_tokenizer }));
  const tokenizer = Tokenizer.fromFile(file);
  golden.patterns[name] = [];
  for (const text of texts) {
    const encoded = await tokenizer.encode(text, null, { addSpecialTokens: false });
    golden.patterns[name].push({ text, ids: [...encoded.getIds()].map(Number) });
  }
}
writeFileSync(path.join(here, "tokens.json"), JSON.stringify(golden) + "\n");
