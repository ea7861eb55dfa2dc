/**
 * The content script. Content scripts are no modules, so this one only fetches the module that is,
 * once per page however often it is injected.
 *
 * Who injects it waits for it, and for nothing that it gives: Firefox cannot hand a module on.
 */
{
  const world = /** @type {{candorPage?: Promise<unknown>}} */ (globalThis);
  world.candorPage ??= import(chrome.runtime.getURL('page/main.js')).then(() => undefined);
}
