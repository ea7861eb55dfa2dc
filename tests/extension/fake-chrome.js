/**
 * As much of the browser as the worker and the settings see, in memory.
 *
 * `fakeChrome()` puts it in the global place; `access` is the person's permission, and `scripts`
 * what runs on pages.
 */

import {MemoryArea} from './area.js';

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
  const browser = {access: false, scripts: new Map()};
  globalThis.chrome = {
    contextMenus: {create: () => {}, removeAll: (done) => done(), onClicked: new Event()},
    i18n: {getMessage: (key) => key},
    permissions: {contains: async () => browser.access, onAdded: new Event(), onRemoved: new Event()},
    runtime: {id: 'candor', onInstalled: new Event(), onMessage: new Event(), onStartup: new Event()},
    scripting: {
      executeScript: async () => [],
      getRegisteredContentScripts: async () => [...browser.scripts.values()],
      registerContentScripts: async ([script]) => { browser.scripts.set(script.id, script); },
      unregisterContentScripts: async () => { browser.scripts.clear(); },
      updateContentScripts: async ([script]) => { browser.scripts.set(script.id, script); },
    },
    storage: {local: new MemoryArea(), session: new MemoryArea()},
    tabs: {onRemoved: new Event(), query: async () => [], sendMessage: async () => {}},
  };
  return browser;
}

/** The person gives or takes back access to all sites. */
export async function decide(browser, access) {
  browser.access = access;
  const {onAdded, onRemoved} = globalThis.chrome.permissions;
  await (access ? onAdded : onRemoved).fire({origins: ['<all_urls>']});
}

/** A message as a page of `origin` sends it, and the reply. */
export function send(message, origin, tab) {
  return new Promise((resolve) => {
    const sender = {id: 'candor', origin, ...(tab === undefined ? {} : {tab: {id: tab}})};
    globalThis.chrome.runtime.onMessage.fire(message, sender, resolve);
  });
}
