import assert from 'node:assert/strict';
import {test} from 'node:test';

import {hostPattern, parseAddress} from '../../extension/shared/address.js';

const forms = {
  'http://127.0.0.1:8000': 'http://127.0.0.1:8000',
  ' http://127.0.0.1:8000/ ': 'http://127.0.0.1:8000',
  'localhost:8000': 'http://localhost:8000',
  'HTTPS://Candor.Example': 'https://candor.example',
  'https://example.org/candor/': 'https://example.org/candor',
  'http://[::1]:8000': 'http://[::1]:8000',
};
for (const [typed, address] of Object.entries(forms)) {
  test(`"${typed}" is kept as ${address}`, () => assert.deepEqual(parseAddress(typed), {address}));
}

const refusals = {
  '': 'address_unreadable',
  'http://': 'address_unreadable',
  'two words': 'address_unreadable',
  'ftp://example.org': 'address_scheme',
  'file:///etc/passwd': 'address_scheme',
  'http://me:secret@example.org': 'address_credentials',
  'http://example.org/?key=1': 'address_extra',
  'http://example.org/#part': 'address_extra',
};
for (const [typed, problem] of Object.entries(refusals)) {
  test(`"${typed}" is refused: ${problem}`, () => assert.deepEqual(parseAddress(typed), {problem}));
}

test('a pattern covers the host on every port', () => {
  assert.equal(hostPattern('http://127.0.0.1:8000'), 'http://127.0.0.1/*');
  assert.equal(hostPattern('https://example.org/candor'), 'https://example.org/*');
});
