// Firebase's Remote Config client for the web, led line by line: a command comes in as JSON, and its answer goes out.
//
// It is made for browsers. What it needs of one stands here: a database in memory, a language, and a window that says
// where the service is. Its installation's service has a fixed address, which leads to the same server. Nothing is left
// to chance, time passes as it is asked for, and a fetch gives up when it would wait for the service to be well again.
//
//   node remote_config.cjs SERVER PROJECT KEY APP

const { createRequire } = require('node:module');
const readline = require('node:readline');

const load = createRequire(`${process.env.REHOME_NODE_MODULES}/`);
const [server, projectId, apiKey, appId] = process.argv.slice(2);

load('fake-indexeddb/auto');
globalThis.window = globalThis;
globalThis.self = globalThis;
globalThis.FIREBASE_REMOTE_CONFIG_URL_BASE = server;
const navigator = { languages: ['de-CH'], language: 'de-CH', onLine: true };
Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
const reallyFetch = globalThis.fetch;
globalThis.fetch = (url, options) => {
  const asked = String(url).replace('https://firebaseinstallations.googleapis.com', server);
  if (!asked.startsWith(server)) throw new TypeError(`${url} is on another machine`);
  return reallyFetch(asked, options);
};
Math.random = () => 0;
let now = Date.now();
Date.now = () => (now += 1);
const GIVE_UP = 61234;
const SHORTEST_WAIT = 100;
const reallyWait = globalThis.setTimeout;
let giveUp = () => {};
globalThis.setTimeout = (run, wait, ...rest) => {
  if (wait === GIVE_UP) {
    giveUp = run;
    return undefined;
  }
  if (wait >= SHORTEST_WAIT) setImmediate(giveUp);
  return reallyWait(run, wait, ...rest);
};
// What the client cannot do it says on standard error, and as an error.
console.error = () => {};

const { initializeApp } = load('@firebase/app');
const remote = load('@firebase/remote-config');

const config = remote.getRemoteConfig(initializeApp({ projectId, apiKey, appId }));

const told = [];
let hear = () => {};
const tell = (what) => { told.push(what); hear(); };

const commands = {
  async fetch({ interval }) {
    config.settings.minimumFetchIntervalMillis = interval;
    config.settings.fetchTimeoutMillis = GIVE_UP;
    await remote.fetchConfig(config);
    return config.lastFetchStatus;
  },
  activate: () => remote.activate(config),
  async values() {
    await remote.ensureInitialized(config);
    const all = Object.entries(remote.getAll(config));
    return Object.fromEntries(all.map(([key, value]) => [key, value.asString()]));
  },
  signals: ({ signals }) => remote.setCustomSignals(config, signals),
  async listen() {
    remote.onConfigUpdate(config, {
      next: (update) => tell({ keys: [...update.getUpdatedKeys()].sort() }),
      error: (error) => tell({ error: error.code }),
    });
  },
  async told() {
    if (told.length === 0) await new Promise((resolve) => { hear = resolve; });
    return told.shift();
  },
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    let answer;
    try {
      answer = { ok: (await commands[command.do](command)) ?? null };
    } catch (error) {
      answer = { error: error.code ?? String(error), status: config.lastFetchStatus };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
})();
