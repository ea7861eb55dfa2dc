import assert from 'node:assert/strict';
import {afterEach, beforeEach, test} from 'node:test';

import {addStyles} from '../../extension/page/styles.js';

class Sheet {
  replaceSync(css) {
    this.css = css;
  }
}

beforeEach(() => {
  globalThis.CSSStyleSheet = Sheet;
  globalThis.document = {createElement: (name) => ({name, textContent: ''})};
});

afterEach(() => {
  delete globalThis.CSSStyleSheet;
  delete globalThis.document;
});

test('the styles are a sheet of the shadow root', () => {
  const root = {adoptedStyleSheets: [], append: () => assert.fail('The page gets an element that it does not need.')};
  addStyles(root);
  assert.match(root.adoptedStyleSheets[0].css, /\.badge/);
});

test('where the browser forbids that, they are an element in it', () => {
  const added = [];
  const root = {
    append: (element) => added.push(element),
    get adoptedStyleSheets() { return []; },
    set adoptedStyleSheets(sheets) { throw new Error('Accessing from Xray wrapper is not supported.'); },
  };
  addStyles(root);
  assert.deepEqual(added.map(({name}) => name), ['style']);
  assert.match(added[0].textContent, /\.badge/);
});
