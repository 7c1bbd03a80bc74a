// An unmodified npm openai client against the gateway: models, pictures and texts whole and streamed, every kind of error, a retry.
// Usage: node tests/system/openai.mjs http://127.0.0.1:PORT/v1 PAINTER WRITER (models), with the key in NOONMARK_TEST_KEY and one that may ask
// once a minute in NOONMARK_TEST_SLOW_KEY. Prints one JSON document with what it saw; a failure is told on stderr and exits 1.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(path.join(root, ".deps/node/package.json"));
const OpenAI = Object.assign(require("openai").default, { toFile: require("openai").toFile });

const [baseURL, model, writer, matcher] = process.argv.slice(2);
const { NOONMARK_TEST_KEY: key, NOONMARK_TEST_SLOW_KEY: slowKey } = process.env;
const seen = {};

/// What the client throws for the call; fails when it throws nothing.
async function errorOf(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  assert.fail("the call succeeded");
}

const isPng = (base64) => Buffer.from(base64, "base64").subarray(1, 4).toString() === "PNG";

async function models(client) {
  const listed = [];
  for await (const one of await client.models.list()) listed.push(one.id);
  assert.deepEqual(listed, [matcher, model, writer]);
  const one = await client.models.retrieve(model);
  assert.equal(one.object, "model");
  seen.models = listed;
}

async function pictures(client) {
  const prompt = "a rocket, noto style, yellow background";
  const answer = await client.images.generate({ model, prompt, n: 2, size: "64x64" });
  assert.equal(answer.data.length, 2);
  assert.ok(answer.data.every((one) => isPng(one.b64_json)));
  const [one, again, other, jpeg] = await Promise.all([
    client.images.generate({ model, prompt, seed: 7 }),
    client.images.generate({ model, prompt, seed: 7 }),
    client.images.generate({ model, prompt }),
    client.images.generate({ model, prompt, output_format: "jpeg", quality: "low", user: "somebody" }),
  ]);
  assert.ok(one.data[0].b64_json === again.data[0].b64_json, "the same seed gives the same picture");
  assert.ok(one.data[0].b64_json !== other.data[0].b64_json, "without a seed it is another one");
  assert.ok(jpeg.data[0].b64_json.startsWith("/9j/"));
  seen.picture = answer.data[0].b64_json;
}

async function stream(client) {
  const prompt = "a ghost, twemoji style, black background";
  const events = await client.images.generate({ model, prompt, seed: 7, stream: true, partial_images: 0 });
  const types = new Map();
  let last;
  for await (const event of events) {
    types.set(event.type, (types.get(event.type) ?? 0) + 1);
    last = event;
  }
  assert.equal(last.type, "image_generation.completed");
  assert.ok(isPng(last.b64_json));
  const whole = await client.images.generate({ model, prompt, seed: 7 });
  assert.ok(last.b64_json === whole.data[0].b64_json, "streamed or not, the same picture");
  seen.events = Object.fromEntries(types);
}

/// A picture that begins with a picture, sent as a form, as the client does it.
async function edits(client) {
  const picture = () => OpenAI.toFile(Buffer.from(seen.picture, "base64"), "rocket.png", { type: "image/png" });
  const prompt = "a rocket, noto style, green background";
  const edited = await client.images.edit({ model, image: await picture(), prompt, n: 2, size: "64x64" });
  assert.equal(edited.data.length, 2);
  assert.ok(edited.data.every((one) => isPng(one.b64_json)));
  const masked = await client.images.edit({ model, image: await picture(), mask: await picture(), prompt });
  assert.ok(isPng(masked.data[0].b64_json));
  const alike = await client.images.createVariation({ model, image: await picture(), response_format: "b64_json" });
  assert.ok(isPng(alike.data[0].b64_json));
  const events = await client.images.edit({ model, image: await picture(), prompt, stream: true });
  let last;
  for await (const event of events) last = event;
  assert.equal(last.type, "image_edit.completed");
  const text = await OpenAI.toFile(Buffer.from("no picture"), "x.png", { type: "image/png" });
  const refused = await errorOf(() => client.images.edit({ model, image: text, prompt }));
  assert.ok(refused instanceof OpenAI.BadRequestError, refused);
  seen.edits = 4;
}

/// Chat, whole and streamed, with everything that a model that writes is asked for.
async function chat(client) {
  const messages = [{ role: "user", content: "What is a teacher?" }];
  const ask = (more) => client.chat.completions.create({ model: writer, messages, temperature: 0, ...more });
  const whole = await ask({ logprobs: true, top_logprobs: 2 });
  const [choice] = whole.choices;
  assert.equal(choice.finish_reason, "stop");
  assert.ok(choice.message.content.length > 5 && choice.message.role === "assistant");
  assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens);
  assert.equal(choice.logprobs.content.map((one) => one.token).join(""), choice.message.content);
  assert.ok(choice.logprobs.content.every((one) => one.logprob <= 0 && one.top_logprobs.length === 2));

  let text = "";
  let usage;
  let finish;
  const events = await ask({ stream: true, stream_options: { include_usage: true } });
  for await (const event of events) {
    text += event.choices[0]?.delta.content ?? "";
    finish = event.choices[0]?.finish_reason ?? finish;
    usage = event.usage ?? usage;
  }
  assert.equal(text, choice.message.content, "streamed or not, the same text");
  assert.equal(finish, "stop");
  assert.deepEqual(usage, whole.usage);

  const cut = await ask({ max_completion_tokens: 2 });
  assert.equal(cut.choices[0].finish_reason, "length");
  const stop = text.slice(4, 7);
  assert.equal((await ask({ stop: [stop] })).choices[0].message.content, text.slice(0, text.indexOf(stop)));
  const two = await ask({ n: 2, temperature: 1.5, seed: 3 });
  assert.equal(two.choices.length, 2);
  const again = await ask({ n: 2, temperature: 1.5, seed: 3 });
  assert.deepEqual(again.choices, two.choices, "the same seed writes the same");
  const completed = await client.completions.create({ model: writer, prompt: "The meaning of", max_tokens: 5, temperature: 0 });
  assert.ok(completed.choices[0].text.length > 0);
  for (const bad of [{ temperature: 9 }, { messages: [] }, { stop: ["1", "2", "3", "4", "5"] }, { tools: [{ type: "function" }] }]) {
    const refused = await errorOf(() => ask(bad));
    assert.ok(refused instanceof OpenAI.BadRequestError, `${JSON.stringify(bad)}: ${refused}`);
  }
  const long = await errorOf(() => ask({ messages: [{ role: "user", content: "? ".repeat(3000) }] }));
  assert.ok(long instanceof OpenAI.BadRequestError && long.message.includes("tokens"), long);
  const wrong = await errorOf(() => ask({ model }));
  assert.ok(wrong instanceof OpenAI.BadRequestError, wrong);
  seen.answer = text;
}

async function errors(client) {
  const stranger = new OpenAI({ baseURL, apiKey: "nm-nobody", maxRetries: 0 });
  const denied = await errorOf(() => stranger.models.list());
  assert.ok(denied instanceof OpenAI.AuthenticationError && denied.code === "invalid_api_key", denied);

  const unknown = await errorOf(() => client.images.generate({ model: "nothing", prompt: "x" }));
  assert.ok(unknown instanceof OpenAI.NotFoundError && unknown.code === "model_not_found", unknown);
  assert.ok((await errorOf(() => client.models.retrieve("nothing"))) instanceof OpenAI.NotFoundError);

  for (const bad of [{ n: 0 }, { size: "7x7000000" }, { size: "65x64" }, { prompt: "" , n: 1000 }, { colour: "red" }]) {
    const refused = await errorOf(() => client.images.generate({ model, prompt: "x", ...bad }));
    assert.ok(refused instanceof OpenAI.BadRequestError, `${JSON.stringify(bad)}: ${refused}`);
    assert.equal(refused.type, "invalid_request_error");
  }
  const { response } = await client.models.list().withResponse();
  for (const header of ["x-request-id", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"]) {
    assert.ok(response.headers.get(header), header);
  }
}

/// The second call within a minute is told to come back; the client's own retry would wait for that long.
async function limits() {
  const slow = new OpenAI({ baseURL, apiKey: slowKey, maxRetries: 0 });
  await slow.models.list();
  const told = await errorOf(() => slow.models.list());
  assert.ok(told instanceof OpenAI.RateLimitError, told);
  assert.ok(Number(told.headers.get("retry-after")) > 0);
}

/// The picture lies closer to its own prompt than to others.
async function embeddings(client) {
  const prompt = "a rocket, noto style, yellow background";
  const input = [prompt, "a panda, noto style, yellow background", { image: seen.picture }];
  const answer = await client.embeddings.create({ model: matcher, input });
  const [right, wrong, picture] = answer.data.map((one) => Array.from(one.embedding));
  const product = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  assert.ok(Math.abs(product(right, right) - 1) < 1e-4, "of length one");
  assert.ok(product(picture, right) > product(picture, wrong) + 0.05);
  assert.ok(answer.usage.prompt_tokens > 4 && answer.usage.total_tokens === answer.usage.prompt_tokens);
  // The client asks for base64 by itself and decodes it; plain numbers are the same.
  const plain = await client.embeddings.create({ model: matcher, input: prompt, encoding_format: "float" });
  plain.data[0].embedding.forEach((value, i) => assert.ok(Math.abs(value - right[i]) < 1e-6));
  for (const bad of [{ input: [] }, { input: prompt, dimensions: 5 }, { input: [1, 2] }, { input: "fox ".repeat(60) }]) {
    const refused = await errorOf(() => client.embeddings.create({ model: matcher, ...bad }));
    assert.ok(refused instanceof OpenAI.BadRequestError, `${JSON.stringify(bad)}: ${refused}`);
  }
  seen.embeddings = 3;
}

setTimeout(() => {
  console.error(`openai.mjs: took too long; so far: ${Object.keys(seen)}`);
  process.exit(1);
}, 120_000).unref();
const client = new OpenAI({ baseURL, apiKey: key });
for (const step of [models, pictures, stream, edits, chat, embeddings, errors, limits]) await step(client);
console.log(JSON.stringify(seen));
