// Reads repositories of TUF 1.0 with tuf-js. Each line of the standard input asks for one: its
// URL, the folder of what the client keeps, and for which paths it searches. The answer is a
// line with the paths that it finds, or with why it refuses the repository.
const { createInterface } = require('node:readline');
const { Updater } = require('tuf-js');

async function read({ url, dir, paths }) {
  const client = new Updater({ metadataBaseUrl: url, metadataDir: dir, config: { fetchRetries: 0 } });
  await client.refresh();
  const found = [];
  for (const path of paths) {
    if (await client.getTargetInfo(path)) {
      found.push(path);
    }
  }
  return { found };
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await read(JSON.parse(line)).catch((e) => ({ error: `${e.name}: ${e.message}` }));
    console.log(JSON.stringify(answer));
  }
})();
