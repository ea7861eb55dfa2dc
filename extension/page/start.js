/**
 * The content script. Content scripts are no modules, so this one only fetches the module that is,
 * once per page however often it is injected.
 *
 * The first line of those that it needs has the browser compile them whole while it fetches them, beside
 * the page, instead of each function when the page has to wait for it.
 *
 * A frame that is added begins as an empty page. In Firefox what runs there runs on in the page that
 * takes its place, and then looks at that one; modules that were on their way never come.
 *
 * Who injects it waits for it, and for nothing that it gives: Firefox cannot hand a module on.
 */
{
  const world = /** @type {{candorPage?: Promise<unknown>, candorDocument?: Document}} */ (globalThis);
  const isBlank = () => location.href === 'about:blank';
  /** For which an empty page must stay empty. */
  const SETTLING_MS = 300;

  const begin = () => {
    if (world.candorDocument === document) return;
    const isFirst = !world.candorDocument;
    // The worker takes about as long to wake as the modules take to come; by then it knows what they ask.
    if (isFirst) chrome.runtime.sendMessage({type: 'wake'}).catch(() => {});
    world.candorDocument = document;
    world.candorPage = import(chrome.runtime.getURL('page/main.js')).then((main) => {
      if (!isFirst) main.lookAnew();
    });
  };

  if (isBlank()) setTimeout(() => isBlank() && begin(), SETTLING_MS);
  else begin();
  world.candorPage;
}
//# allFunctionsCalledOnLoad
