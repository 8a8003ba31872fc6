// Writes documents with Google's client for Node, and prints how many, the seconds that it took, the seconds of CPU,
// and the process's memory at its peak in kilobytes.
//
// Usage: write.cjs batches|bulk PROJECT FILE, with the server in FIRESTORE_EMULATOR_HOST; the file has a document a
// line in Firestore's JSON notation.

const { readFileSync } = require('node:fs');
const { initializeApp } = require('firebase-admin/app');
const { getFirestore, Timestamp } = require('firebase-admin/firestore');

const BATCH = 500;
const AT_ONCE = 8;

const readers = {
  nullValue: () => null,
  booleanValue: (truth) => truth,
  integerValue: (text) => Number(text),
  doubleValue: (number) => Number(number),
  stringValue: (text) => text,
  timestampValue: (text) => Timestamp.fromDate(new Date(text)),
  bytesValue: (text) => Buffer.from(text, 'base64'),
  arrayValue: (array) => (array.values ?? []).map(value),
  mapValue: (map) => fields(map.fields ?? {}),
};

function value(notation) {
  const [[kind, content]] = Object.entries(notation);
  return readers[kind](content);
}

function fields(notation) {
  return Object.fromEntries(Object.entries(notation).map(([name, item]) => [name, value(item)]));
}

/** Batches, several of them at a time. */
async function batches(firestore, documents) {
  let next = 0;
  const work = async () => {
    while (next < documents.length) {
      const some = documents.slice(next, (next += BATCH));
      const batch = firestore.batch();
      for (const [reference, data] of some) batch.create(reference, data);
      await batch.commit();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** As many at a time as it likes, with the pace for production turned off. */
async function bulk(firestore, documents) {
  const writer = firestore.bulkWriter({ throttling: false });
  const written = documents.map(([reference, data]) => writer.create(reference, data));
  await writer.close();
  await Promise.all(written);
}

async function main() {
  const [manner, projectId, file] = process.argv.slice(2);
  const firestore = getFirestore(initializeApp({ projectId }));
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const documents = lines.map((line) => {
    const document = JSON.parse(line);
    return [firestore.doc(document.name), fields(document.fields)];
  });
  const [cpu, began] = [process.cpuUsage(), process.hrtime.bigint()];
  await { batches, bulk }[manner](firestore, documents);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  console.log(documents.length, seconds, (user + system) / 1e6, process.resourceUsage().maxRSS);
  process.exit();
}

main();
