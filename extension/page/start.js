/**
 * The content script. Content scripts are no modules, so this one only fetches the module that is,
 * once per page however often it is injected.
 *
 * The first line of those that it needs has the browser compile them whole while it fetches them, beside
 * the page, instead of each function when the page has to wait for it.
 *
 * Who injects it waits for it, and for nothing that it gives: Firefox cannot hand a module on.
 */
{
  const world = /** @type {{candorPage?: Promise<unknown>}} */ (globalThis);
  // The worker takes about as long to wake as the modules take to come; by then it knows what they ask.
  if (!world.candorPage) chrome.runtime.sendMessage({type: 'wake'}).catch(() => {});
  world.candorPage ??= import(chrome.runtime.getURL('page/main.js')).then(() => undefined);
}
