/**
 * @param {string | Blob} content
 * @returns {Promise<string>} SHA-256 in hexadecimal.
 */
export async function digestOf(content) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : await content.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
