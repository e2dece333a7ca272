// Reads lines { json, texts } from standard input: a tokenizer.json and what to encode by it. Writes for each a line
// { ids, framed, decoded }, one entry a text, or { error }.
const { createInterface } = require('node:readline');
const { Tokenizer } = require('tokenizers');

async function answer({ json, texts }) {
  const tokenizer = Tokenizer.fromString(json);
  const [ids, framed, decoded] = [[], [], []];
  for (const text of texts) {
    const encoded = (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
    ids.push(encoded);
    framed.push((await tokenizer.encode(text, null, { addSpecialTokens: true })).getIds());
    decoded.push(await tokenizer.decode(encoded, false));
  }
  return { ids, framed, decoded };
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const result = await answer(JSON.parse(line)).catch(error => ({ error: String(error) }));
    process.stdout.write(JSON.stringify(result) + '\n');
  }
})();
