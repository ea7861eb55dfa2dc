import assert from 'node:assert/strict';
import {test} from 'node:test';

import {freshMsOf} from '../../extension/worker/freshness.js';

const NOW = Date.parse('Tue, 24 Nov 2026 12:00:00 GMT');
const at = (seconds) => new Date(NOW + seconds * 1000).toUTCString();

for (const [what, headers, seconds] of [
  ['nothing', {}, 0],
  ['no-store', {'Cache-Control': 'no-store'}, 0],
  ['no-cache beside an age', {'Cache-Control': 'no-cache, max-age=600'}, 0],
  ['must-revalidate alone', {'Cache-Control': 'must-revalidate'}, 0],
  ['an age of none', {'Cache-Control': 'max-age=0'}, 0],
  ['an age', {'Cache-Control': 'public, max-age=600'}, 600],
  ['an age of which some has passed', {'Cache-Control': 'max-age=600', Date: at(-500)}, 100],
  ['an age of which some passed in a cache on the way', {'Cache-Control': 'max-age=600', Age: '400', Date: at(0)}, 200],
  ['an age that is over', {'Cache-Control': 'max-age=600', Date: at(-700)}, 0],
  ['an age, by a clock that is ahead', {'Cache-Control': 'max-age=600', Date: at(900)}, 600],
  ['an age for caches between, which is not ours', {'Cache-Control': 's-maxage=600'}, 0],
  ['an end', {Expires: at(300), Date: at(0)}, 300],
  ['an end, by a clock that is behind', {Expires: at(-600), Date: at(-900)}, 0],
  ['an end that is no date', {Expires: '0'}, 0],
  ['an end beside an age, which counts', {'Cache-Control': 'max-age=5', Expires: at(300)}, 5],
]) {
  test(`a site that says ${what} vouches for ${seconds} s`, () => {
    assert.equal(freshMsOf(new Headers(headers), NOW), seconds * 1000);
  });
}
