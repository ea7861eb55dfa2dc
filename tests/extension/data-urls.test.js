import assert from 'node:assert/strict';
import {test} from 'node:test';

import {asBlob} from '../../extension/shared/data-urls.js';

test('bytes come out of a data: URL as they went in', async () => {
  const bytes = Uint8Array.from({length: 256}, (_, index) => index);
  const blob = asBlob(`data:image/png;base64,${Buffer.from(bytes).toString('base64')}`, 'image/png');
  assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), bytes);
  assert.equal(blob.type, 'image/png');
});
