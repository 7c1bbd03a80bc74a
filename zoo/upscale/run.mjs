// node run.mjs MODEL.onnx SIDE IN OUT: enlarges raw float32 pictures [n, 3, SIDE, SIDE], one after the other.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const ort = createRequire(import.meta.url + '/../.data/')('onnxruntime-node');

const [model, size, from, to] = process.argv.slice(2);
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
const side = Number(size), bytes = readFileSync(from), stride = 3 * side * side;
const pixels = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const parts = [];
for (let at = 0; at < pixels.length; at += stride) {
  const image = new ort.Tensor('float32', pixels.slice(at, at + stride), [1, 3, side, side]);
  const { upscaled } = await session.run({ image });
  parts.push(Buffer.from(upscaled.data.buffer, upscaled.data.byteOffset, upscaled.data.byteLength));
}
writeFileSync(to, Buffer.concat(parts));
