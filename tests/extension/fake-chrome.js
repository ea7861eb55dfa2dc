/**
 * As much of the browser as the worker and the settings see, in memory.
 *
 * `fakeChrome()` puts it in the global place; `access` is the person's permission, `scripts` what
 * runs on pages, and `told` what the worker told them. In `deaf` frames nothing of ours listens.
 */

import {readFile} from 'node:fs/promises';

import {MemoryArea} from './area.js';

export const OURS = 'chrome-extension://candor/';
const ROOT = new URL('../../extension/', import.meta.url);

class Event {
  #listeners = [];

  addListener(listener) {
    this.#listeners.push(listener);
  }

  async fire(...details) {
    for (const listener of this.#listeners) await listener(...details);
  }
}

export function fakeChrome() {
  const browser = {access: false, deaf: new Set(), menu: new Map(), scripts: new Map(), started: [], tabs: [], told: []};
  globalThis.chrome = {
    action: {setBadgeBackgroundColor: async () => {}, setBadgeText: async ({tabId, text}) => { browser.badge = {tabId, text}; }},
    commands: {onCommand: new Event()},
    contextMenus: {
      create: (item) => browser.menu.set(item.id, item),
      onClicked: new Event(),
      removeAll: async () => browser.menu.clear(),
    },
    i18n: {getUILanguage: () => browser.language ?? 'en-GB'},
    permissions: {contains: async () => browser.access, onAdded: new Event(), onRemoved: new Event()},
    runtime: {
      getURL: (path) => OURS + path,
      id: 'candor', onConnect: new Event(), onInstalled: new Event(), onMessage: new Event(), onStartup: new Event(),
    },
    scripting: {
      executeScript: async ({target}) => {
        if (browser.protected) throw new Error('Cannot access contents of the page.');
        browser.started.push(target.tabId);
      },
      getRegisteredContentScripts: async () => [...browser.scripts.values()],
      registerContentScripts: async ([script]) => { browser.scripts.set(script.id, script); },
      unregisterContentScripts: async () => { browser.scripts.clear(); },
      updateContentScripts: async ([script]) => { browser.scripts.set(script.id, script); },
    },
    storage: {local: new MemoryArea(), session: new MemoryArea()},
    tabs: {
      get: async (id) => browser.tabs.find((tab) => tab.id === id),
      onRemoved: new Event(),
      query: async () => browser.tabs,
      sendMessage: async (tab, message, options) => {
        if (browser.deaf.has(options?.frameId)) throw new Error('Receiving end does not exist.');
        if (message.type !== 'there') browser.told.push({tab, message, ...options});
      },
    },
  };
  return browser;
}

/** The extension's own files, which it reads as any page does. */
export async function ownFile(url) {
  return new Response(await readFile(new URL(url.slice(OURS.length), ROOT)));
}

/** The person gives or takes back access to all sites. */
export async function decide(browser, access) {
  browser.access = access;
  const {onAdded, onRemoved} = globalThis.chrome.permissions;
  await (access ? onAdded : onRemoved).fire({origins: ['<all_urls>']});
}

/** Who sends a message: a page of `origin` in a tab, or the frame of another origin in it. */
export const from = (origin, {tab = 1, frame = origin, incognito = false} = {}) => ({
  id: 'candor', origin: frame, tab: {id: tab, url: origin && `${origin}/page`, incognito},
});

/** A message as a page sends it, and the reply. */
export function send(message, sender) {
  return new Promise((resolve) => {
    globalThis.chrome.runtime.onMessage.fire(message, sender, resolve);
  });
}

/** A page that has pictures checked over a port. */
export function connect(sender, {read = () => null} = {}) {
  const [onMessage, onDisconnect] = [new Event(), new Event()];
  const waiting = new Map();
  const page = {
    hungUp: false,
    ask: (ask, picture, more = {}) => new Promise((resolve) => {
      waiting.set(ask, resolve);
      onMessage.fire({asks: [{ask, picture, ...more}]});
    }),
    leave: () => onDisconnect.fire(),
  };
  globalThis.chrome.runtime.onConnect.fire({
    name: 'checks', sender, onMessage, onDisconnect,
    disconnect: () => { page.hungUp = true; },
    postMessage: (message) => {
      if (message.read) onMessage.fire({read: message.read, dataUrl: read(message.url)});
      else waiting.get(message.answered)?.(message.answer);
    },
  });
  return page;
}
