/**
 * "Report as wrong": what the picture is instead, if the person knows, and a note. It goes to the
 * service that gave the verdict and nowhere else.
 *
 * @typedef {{verdict: string, expected: import('../shared/outcomes.js').Label | null, note: string}} Content
 * @typedef {(content: Content) => Promise<boolean | null>} Report True where it was taken.
 */

import {element} from './elements.js';

const LABELS = /** @type {const} */ (['real', 'fake', 'uncertain']);
const MOST_NOTE = 1000;

export class ReportForm {
  element = element('details', {class: 'report'});
  #verdict;
  #message;
  #report;
  #expected = element('select', {id: 'expected'});
  #note = element('textarea', {id: 'note', rows: '2', maxlength: String(MOST_NOTE)});
  #send = element('button', {type: 'submit'});
  #told = element('p', {role: 'status'});

  /**
   * @param {import('../shared/outcomes.js').Verdict} verdict
   * @param {import('../shared/texts.js').Texts} texts
   * @param {Report} report
   */
  constructor(verdict, {message}, report) {
    this.#verdict = verdict;
    this.#message = message;
    this.#report = report;
    this.#send.textContent = message('report_send');
    const others = LABELS.filter((label) => label !== verdict.state);
    this.#expected.append(
      element('option', {value: ''}, message('report_unknown')),
      ...others.map((label) => element('option', {value: label}, message(`report_${label}`))),
    );
    const form = element(
      'form', {},
      element('label', {for: 'expected'}, message('report_expected')), this.#expected,
      element('label', {for: 'note'}, message('report_note')), this.#note,
      this.#send,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit(form);
    });
    this.element.append(element('summary', {}, message('report')), form, this.#told);
  }

  /** @param {HTMLFormElement} form */
  async #submit(form) {
    this.#send.disabled = true;
    const expected = LABELS.find((label) => label === this.#expected.value) ?? null;
    const taken = await this.#report({verdict: this.#verdict.id, expected, note: this.#note.value.trim()});
    this.#send.disabled = false;
    form.hidden = taken === true;
    this.#told.textContent = taken ? this.#message('report_taken') : this.#message('report_failed');
  }
}
