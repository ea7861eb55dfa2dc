//# allFunctionsCalledOnLoad
/**
 * What is said of a verdict, in English and Korean: each text twice, side by side. The page and the
 * extension say it alike; what only one of them says stands with that one. `{0}`, `{1}` stand for
 * what is put in.
 */

/** @type {Record<string, [string, string]>} */
const TEXTS = {
  title_real: ['Likely real', '진짜로 보임'],
  title_fake: ['Likely fake', '가짜로 보임'],
  title_uncertain: ['Uncertain', '판단하기 어려움'],
  label_real: ['real', '진짜'],
  label_fake: ['fake', '가짜'],
  label_uncertain: ['uncertain', '불확실'],
  none: ['No verdict', '판정 없음'],
  chance: ['Probability that it is fake: ', '가짜일 확률: '],
  probability: ['probability of being fake', '가짜일 확률'],
  scale: [
    '{0} on a scale from real to fake. Below {1} a picture is called real, from {2} fake, between them uncertain.',
    '진짜에서 가짜까지의 눈금에서 {0}. {1} 미만은 진짜, {2} 이상은 가짜, 그 사이는 불확실입니다.',
  ],
  scale_bare: ['{0} on a scale from real to fake.', '진짜에서 가짜까지의 눈금에서 {0}.'],
  reason_reviewed: ['A person looked at exactly this picture and decided.', '사람이 바로 이 사진을 보고 판정했습니다.'],
  reason_no_face: ['No face was found.', '얼굴을 찾지 못했습니다.'],
  reason_face: ['Its face is fake with a probability of {0}.', '얼굴이 가짜일 확률은 {0}입니다.'],
  reason_faces: [
    'Of its {0} faces, the most suspicious is fake with a probability of {1}.',
    '얼굴 {0}개 가운데 가장 의심스러운 얼굴이 가짜일 확률은 {1}입니다.',
  ],
  reason_whole: [
    'The picture as a whole was made by a generator with a probability of {0}.',
    '사진 전체가 생성기로 만들어졌을 확률은 {0}입니다.',
  ],
  reason_open: [
    'The networks that make up an expert disagree, so the answer stays open.',
    '전문 모델을 이루는 신경망들의 의견이 엇갈려 판단을 보류합니다.',
  ],
  reason_edge: ['Blended edge in face {0}: {1}.', '얼굴 {0}의 합성 경계: {1}.'],
  reason_decisive: ['What spoke most for a fake in face {0}: {1}.', '얼굴 {0}에서 가짜로 본 가장 큰 근거: {1}.'],
  place_forehead: ['forehead', '이마'],
  place_eyes: ['eyes', '눈 주위'],
  place_nose: ['nose', '코'],
  place_mouth: ['mouth', '입 주위'],
  place_jaw: ['jaw', '턱선'],
  'place_left side': ['left side', '왼쪽'],
  'place_right side': ['right side', '오른쪽'],
  place_surroundings: ['surroundings', '얼굴 바깥'],
  conflict_copy: ['A copy of this picture', '이 사진의 사본'],
  conflict_alike: ['A picture that looks much like this one', '이 사진과 아주 비슷한 사진'],
  conflict: [
    '{0} was called {1}. One of them may have been altered: compare both.',
    '{0}은(는) {1}(으)로 판정되었습니다. 둘 중 하나가 변조되었을 수 있으니 비교해 보세요.',
  ],
  faces: ['Faces', '얼굴'],
  face_tag: ['{0} · {1} fake', '{0} · 가짜 {1}'],
  face_size: ['{0} × {1} px', '{0} × {1} px'],
  experts: ['Experts', '전문 모델'],
  expert_face: ['on its faces', '얼굴'],
  expert_whole: ['on the whole picture', '사진 전체'],
  claims: ['What the file says of itself', '파일이 스스로 밝히는 내용'],
  not_scored: ['not part of the score', '점수와 무관'],
  standing_signed: ['Signed.', '서명되었고 그 뒤로 바뀌지 않았습니다. 서명한 사람은 확인되지 않았습니다.'],
  standing_tampered: ['Changed since it was signed.', '서명된 뒤에 변경되었습니다.'],
  standing_invalid: ['Badly signed.', '서명이 유효하지 않습니다.'],
  standing_unsigned: ['Unsigned.', '서명되지 않아 누구나 적었을 수 있습니다.'],
  standing_unread: ['Unread.', '읽을 수 없습니다.'],
  claim_generated: ['It says that a machine made the picture.', '기계가 사진을 만들었다고 적혀 있습니다.'],
  claim_tool: ['Program: {0}.', '프로그램: {0}.'],
  claim_signer: ['Signer: {0}.', '서명자: {0}.'],
  related: ['Known pictures that look like it', '비슷하다고 알려진 사진'],
  related_same: ['the same picture', '같은 사진'],
  related_alike: ['looks alike', '비슷함'],
  related_open: ['Open', '열기'],
  about: ['About this answer', '이 답에 대하여'],
  fact_picture: ['Picture', '사진'],
  picture_size: ['{0} × {1} px', '{0} × {1} px'],
  picture_frames: ['first of {0} frames', '{0}프레임 중 첫 프레임'],
  fact_from: ['Fetched from', '가져온 곳'],
  fact_reviewed: ['Reviewed', '검토'],
  reviewed: ['by a person, {0}; the model says {1}', '사람이 {0}에 검토함. 모델의 판정: {1}'],
  reviewed_bare: ['by a person', '사람이 검토함'],
  fact_source: ['Answered from', '답의 출처'],
  source_miss: ['the model, just now', '방금 모델이 판정함'],
  source_bytes: ['memory: this very file was checked before', '기억: 같은 파일을 전에 확인함'],
  source_pixels: ['memory: the same picture was checked before', '기억: 같은 사진을 전에 확인함'],
  source_near: [
    'memory: a larger or equal copy was checked before, and compared with this one',
    '기억: 같거나 더 큰 사본을 전에 확인했고, 이 사진과 비교함',
  ],
  fact_scored: ['Scored', '판정 시각'],
  fact_time: ['Answered in', '걸린 시간'],
  fact_model: ['Model', '모델'],
  report: ['Report as wrong', '잘못된 판정 신고'],
  report_expected: ['What is it?', '실제로는 무엇인가요?'],
  report_unknown: ['I only know that this is wrong', '판정이 틀렸다는 것만 압니다'],
  report_real: ['It is real', '진짜입니다'],
  report_fake: ['It is fake', '가짜입니다'],
  report_uncertain: ['It cannot be told', '알 수 없습니다'],
  report_note: ['How do you know? (optional)', '어떻게 아셨나요? (선택)'],
  report_send: ['Send', '보내기'],
  report_taken: ['Reported. A person will look at it.', '신고했습니다. 사람이 살펴볼 것입니다.'],
  report_failed: [
    'The report could not be sent. Try again when the service is back.',
    '신고를 보내지 못했습니다. 서비스가 돌아오면 다시 시도하세요.',
  ],
  live_mean: ['The mean of the last seconds.', '최근 몇 초의 평균입니다.'],
  live_rate: ['{0} frames a second', '초당 {0}프레임'],
  live_altered: [
    'This browser alters what is read from a picture, as protection from tracking, so that frames cannot be judged.',
    '이 브라우저는 추적을 막으려고 화면에서 읽은 값을 바꾸므로 프레임을 판정할 수 없습니다.',
  ],
};

export const LANGUAGES = /** @type {const} */ (['en', 'ko']);

/**
 * @typedef {(typeof LANGUAGES)[number]} Language
 *
 * @typedef {object} Speech
 * @property {(key: string, ...values: (string | number)[]) => string} say
 * @property {Language} language
 * @property {string} locale BCP 47, for what the browser formats.
 */

/**
 * @param {Language} language
 * @param {string} [locale] Of the same language, where the browser's own is closer.
 * @returns {Speech}
 */
export function speechIn(language, locale = language) {
  const place = LANGUAGES.indexOf(language);
  return {
    language,
    locale,
    say: (key, ...values) => {
      const both = TEXTS[key];
      if (!both) throw new TypeError(`There is no text ${key}.`);
      return filled(/** @type {string} */ (both[place]), values);
    },
  };
}

/**
 * @param {string} text
 * @param {(string | number)[]} values
 */
export function filled(text, values) {
  return text.replace(/\{(\d)\}/g, (_, place) => String(values[place] ?? ''));
}

/** @param {string} key */
export function isSaid(key) {
  return Object.hasOwn(TEXTS, key);
}

/** Both languages of every text, for the test that holds them to each other. */
export function catalogue() {
  return TEXTS;
}
