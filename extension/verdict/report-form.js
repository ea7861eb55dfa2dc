/**
 * "Report as wrong": what the picture is instead, if the person knows, and a note. It goes to the
 * service that gave the verdict and nowhere else.
 *
 * @typedef {{verdict: string, expected: import('./verdict.js').Label | null, note: string}} Content
 * @typedef {(content: Content) => Promise<boolean | null>} Report True where it was taken. May reject with
 *   an error whose message says to a person why not.
 */

import {element} from './elements.js';
import {LABELS} from './verdict.js';

const MOST_NOTE = 1000;

export class ReportForm {
  element = element('details', {class: 'report'});
  #verdict;
  #say;
  #report;
  #expected = element('select', {id: 'expected'});
  #note = element('textarea', {id: 'note', rows: '2', maxlength: String(MOST_NOTE)});
  #send = element('button', {type: 'button'});
  #told = element('p', {role: 'status', tabindex: '-1'});

  /**
   * @param {import('./verdict.js').Verdict} verdict
   * @param {import('./texts.js').Speech} speech
   * @param {Report} report
   */
  constructor(verdict, {say}, report) {
    this.#verdict = verdict;
    this.#say = say;
    this.#report = report;
    this.#send.textContent = say('report_send');
    const others = LABELS.filter((label) => label !== verdict.state);
    this.#expected.append(
      element('option', {value: ''}, say('report_unknown')),
      ...others.map((label) => element('option', {value: label}, say(`report_${label}`))),
    );
    const form = element(
      'form', {},
      element('label', {for: 'expected'}, say('report_expected')), this.#expected,
      element('label', {for: 'note'}, say('report_note')), this.#note,
      this.#send,
    );
    // A script may press buttons and submit forms too, and this is a person's word.
    this.#send.addEventListener('click', ({isTrusted}) => isTrusted && this.#submit(form));
    form.addEventListener('submit', (event) => event.preventDefault());
    this.element.append(element('summary', {}, say('report')), form, this.#told);
  }

  /** @param {HTMLFormElement} form */
  async #submit(form) {
    this.#send.disabled = true;
    const expected = LABELS.find((label) => label === this.#expected.value) ?? null;
    const content = {verdict: this.#verdict.id, expected, note: this.#note.value.trim()};
    const trouble = await this.#report(content).then(
      (taken) => (taken ? '' : this.#say('report_failed')),
      (error) => String(error.message),
    );
    this.#send.disabled = false;
    form.hidden = trouble === '';
    this.#told.textContent = trouble || this.#say('report_taken');
    if (!trouble) this.#told.focus({preventScroll: true});
  }
}
