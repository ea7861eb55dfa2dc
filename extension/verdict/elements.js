//# allFunctionsCalledOnLoad
/**
 * Builds elements. Text stays text: neither a page nor the service can bring in markup.
 */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} content
 * @returns {HTMLElementTagNameMap[N]}
 */
export function element(name, attributes = {}, ...content) {
  return fill(document.createElement(name), attributes, content);
}

/**
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} content
 * @returns {SVGElement}
 */
export function drawing(name, attributes = {}, ...content) {
  return fill(/** @type {SVGElement} */ (document.createElementNS(SVG, name)), attributes, content);
}

/**
 * @template {Element} E
 * @param {E} made
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} content
 * @returns {E}
 */
function fill(made, attributes, content) {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}
