/**
 * What the page alone says, in English and Korean: each text twice, side by side. Pure but for one
 * question to the browser. `{0}`, `{1}` stand for what is put in.
 *
 * What is said of a verdict stands in extension/verdict/texts.js, for the page and the extension.
 */

import { LANGUAGES, filled, speechIn } from "../../extension/verdict/texts.js";

const TEXTS = {
  motto: ["Says whether a picture is real, and how sure it is.", "사진이 진짜인지, 얼마나 확실한지 알려 줍니다."],
  nav_check: ["Check", "확인"],
  nav_history: ["History", "기록"],
  nav_review: ["Review", "검토"],
  nav_figures: ["Figures", "현황"],
  title: ["Is this picture real?", "이 사진은 진짜일까요?"],
  choose: ["Choose pictures or a clip", "사진이나 동영상 고르기"],
  choose_more: ["Choose more", "더 고르기"],
  choose_hint: ["or drop them here, or paste them", "또는 여기에 놓거나 붙여 넣으세요"],
  address: ["Or give the address of one", "또는 주소를 입력하세요"],
  check: ["Check", "확인"],
  lead: [
    "Candor looks for the traces that face swaps and generators leave in a picture, and answers in one of three ways.",
    "Candor는 얼굴 바꾸기와 이미지 생성기가 사진에 남긴 흔적을 찾아 세 가지 중 하나로 답합니다.",
  ],
  legend_real: ["It found no traces that count.", "의미 있는 흔적을 찾지 못했습니다."],
  legend_uncertain: [
    "What it found points neither way. Look for other evidence.",
    "찾은 흔적만으로는 판단할 수 없습니다. 다른 근거를 찾아보세요.",
  ],
  legend_fake: ["It found such traces, and shows in which faces.", "흔적을 찾았고, 어느 얼굴인지 보여 줍니다."],
  meaning: ["What the score means", "점수의 뜻"],
  meaning_text: [
    "Among pictures like those Candor was calibrated on, half of them fake, about 80 in 100 of those that score 80 % are fake; where fakes are rare, fewer are. The score does not say who made a picture or whether what it shows happened, and small copies, filters and unfamiliar kinds of fakes can mislead it, so take it as evidence and not as proof.",
    "Candor를 보정한 것과 같은, 절반이 가짜인 사진들에서 80 %로 나온 사진은 100장 중 약 80장이 가짜입니다. 가짜가 드문 곳에서는 더 적습니다. 점수는 누가 만들었는지, 보이는 일이 실제로 일어났는지는 말하지 않으며, 작은 사본이나 필터, 낯선 종류의 가짜에는 틀릴 수 있으니 증명이 아니라 근거로 삼으세요.",
  ],
  kept: [
    "The picture goes to this Candor service only, which keeps its digests, the verdict with a map of 14 by 14 cells of each face, and a blurred copy of 64 by 64 cells, with 48 by 48 of each face, by which it knows other saves of the picture. It does not keep the picture, of clips only the verdict with its timeline for some days, and of the camera nothing.",
    "사진은 이 Candor 서비스에만 전송됩니다. 서비스는 사진의 해시와, 얼굴마다 14×14칸 지도가 붙은 판정, 그리고 같은 사진의 다른 사본을 알아보기 위한 64×64칸(얼굴마다 48×48칸)의 흐린 사본만 보관합니다. 사진 자체는 보관하지 않으며, 동영상은 시간대별 판정만 며칠 보관하고, 카메라 화면은 아무것도 보관하지 않습니다.",
  ],
  waiting: ["Looking at {0}…", "{0} 확인 중…"],
  no_face: ["No face was found in it.", "얼굴을 찾지 못했습니다."],
  outlined_one: ["One face is outlined", "얼굴 하나에 테두리를 표시함"],
  outlined: ["{0} faces are outlined", "얼굴 {0}개에 테두리를 표시함"],
  heat: ["Maps over the faces", "얼굴 위에 겹치는 지도"],
  heat_attention: ["Where it sees a blended edge", "합성 경계로 본 곳"],
  heat_gradient: ["What spoke for a fake", "가짜로 본 근거"],
  heat_none: ["No blended edge stands out.", "두드러진 합성 경계가 없습니다."],
  heat_attention_alt: [
    "Where the model expects a blended edge in each face: the brighter, the stronger",
    "모델이 얼굴에서 합성 경계로 본 곳. 밝을수록 강함",
  ],
  heat_gradient_alt: [
    "Which parts of each face spoke for a fake: the brighter, the more",
    "얼굴에서 가짜 판정의 근거가 된 곳. 밝을수록 강함",
  ],
  not_shown: ["Not shown: this page loads nothing from other sites.", "표시하지 않음: 이 페이지는 다른 사이트에서 아무것도 불러오지 않습니다."],
  not_shown_file: ["This browser cannot show this file.", "이 브라우저는 이 파일을 표시할 수 없습니다."],
  not_kept: ["Not shown: pictures are not kept.", "표시하지 않음: 사진은 보관하지 않습니다."],
  given: ["The picture you gave: {0}", "보낸 사진: {0}"],
  given_clip: ["The clip you gave: {0}", "보낸 동영상: {0}"],
  again: ["Try again", "다시 시도"],
  again_all: ["Try all again", "모두 다시 시도"],
  held_up: ["It goes on by itself within {0} s.", "{0}초 안에 자동으로 다시 시도합니다."],
  cancel: ["Cancel", "취소"],
  cancelled: ["Cancelled.", "취소했습니다."],
  unreadable: ["The answer could not be read. Reload the page.", "답을 읽을 수 없습니다. 페이지를 새로 고치세요."],
  list: ["What you gave", "보낸 것"],
  done_of: ["{0} of {1} done", "{1}개 중 {0}개 완료"],
  state_waiting: ["waiting", "대기 중"],
  state_checking: ["checking", "확인 중"],
  state_failed: ["no verdict", "판정 없음"],
  expected_real: ["Real", "진짜"],
  expected_fake: ["Fake", "가짜"],
  expected_uncertain: ["Uncertain", "불확실"],
  key: ["Your key", "키"],
  key_use: ["Use it", "사용"],
  key_unfit: [
    "This is no key: a key has only letters, digits and signs of the English keyboard.",
    "키가 아닙니다. 키에는 영문자와 숫자, 영문 자판의 기호만 들어갑니다.",
  ],
  key_kept: ["Your key is kept in this browser.", "키는 이 브라우저에 보관됩니다."],
  key_forget: ["Forget the key", "키 지우기"],
  key_forgotten: [
    "The key is forgotten. Another one is asked for where one is needed.",
    "키를 지웠습니다. 키가 필요하면 다시 물어봅니다.",
  ],
  no_answer: [
    "No answer came. See that the service is running, or try a smaller picture.",
    "답이 없습니다. 서비스가 실행 중인지 확인하거나 더 작은 사진을 보내 보세요.",
  ],
  too_slow: [
    "The service took longer than a minute. Try again, or try a smaller picture.",
    "서비스가 1분 넘게 답하지 않았습니다. 다시 시도하거나 더 작은 사진을 보내 보세요.",
  ],
  no_reason: [
    "The service answered with status {0} and no reason. Try again.",
    "서비스가 이유 없이 상태 {0}(으)로 답했습니다. 다시 시도하세요.",
  ],
  reason_clip: [
    "{0} frames in {1} scenes were looked at. The most suspicious scene is fake at {2}.",
    "장면 {1}개에서 프레임 {0}개를 보았습니다. 가장 의심스러운 장면이 가짜일 확률은 {2}입니다.",
  ],
  clip_progress: ["{0}, {1} frames looked at", "{0}, 프레임 {1}개 확인"],
  timeline: ["Timeline", "시간대별"],
  timeline_hint: ["each bar a frame; press one to go there", "막대 하나가 한 프레임. 누르면 그 시점으로 이동"],
  timeline_bar: ["{0}: {1} fake", "{0}: 가짜 {1}"],
  clip_open: ["This clip is still being looked at, or was cancelled.", "이 동영상은 아직 확인 중이거나 취소되었습니다."],
  clip_lost: [
    "The check of this clip was lost on the way. Try again to send the clip anew.",
    "동영상 확인이 도중에 끊겼습니다. 다시 시도하면 동영상을 처음부터 다시 보냅니다.",
  ],
  tracks: ["Faces followed", "추적한 얼굴"],
  track: ["{0}–{1}, {2} frames", "{0}–{1}, 프레임 {2}개"],
  fact_clip: ["Clip", "동영상"],
  clip_size: ["{0}, {1} × {2} px, {3} scenes", "{0}, {1} × {2} px, 장면 {3}개"],
  live_start: ["Use the camera", "카메라 사용"],
  live_stop: ["Stop the camera", "카메라 끄기"],
  live_note: [
    "Frames go to this service, are scored and forgotten. The verdict is a running mean.",
    "화면은 이 서비스로만 전송되어 판정 후 바로 버려집니다. 판정은 이동 평균입니다.",
  ],
  live_denied: ["The camera cannot be used: {0}", "카메라를 사용할 수 없습니다: {0}"],
  live_alt: ["The camera", "카메라"],
  history_title: ["What you checked in this browser", "이 브라우저에서 확인한 것"],
  history_none: ["Nothing yet.", "아직 없습니다."],
  history_note: [
    "Names and verdicts only, kept in this browser and nowhere else.",
    "이름과 판정만 이 브라우저에만 보관합니다.",
  ],
  history_clear: ["Forget all", "모두 지우기"],
  history_open: ["Open", "열기"],
  history_file: ["File", "파일"],
  history_when: ["When", "시각"],
  history_verdict: ["Verdict", "판정"],
  review_title: ["What waits for a person", "검토를 기다리는 것"],
  review_none: ["Nothing waits.", "기다리는 것이 없습니다."],
  review_keys: [
    "Keys: J next, K previous, R real, F fake, U uncertain.",
    "단축키: J 다음, K 이전, R 진짜, F 가짜, U 불확실.",
  ],
  review_say: ["What is it?", "판정"],
  review_said: ["Kept: {0}.", "저장함: {0}."],
  review_more: ["Load more", "더 보기"],
  review_remarks: ["What was said of it", "의견"],
  review_place: ["{0} of {1}", "{1}개 중 {0}번째"],
  because_appealed: ["appealed", "이의 제기됨"],
  because_reported: ["reported", "신고됨"],
  because_conflicting: ["contradicts a look-alike", "비슷한 사진과 판정이 다름"],
  because_quarantined: ["copies were called differently", "사본의 판정이 서로 다름"],
  because_uncertain: ["uncertain", "불확실"],
  figures_title: ["How the service does", "서비스 현황"],
  figures_labels: ["Verdicts", "판정"],
  figures_cache: ["Answered from", "답의 출처"],
  figures_steps: ["Time by step", "단계별 시간"],
  figures_requests: ["Requests", "요청"],
  figures_none: ["Nothing was checked since the service started.", "서비스가 시작된 뒤 확인한 것이 없습니다."],
  figures_since: ["Since the service started; read anew every five seconds.", "서비스 시작 이후. 5초마다 새로 읽습니다."],
  figures_step: ["Step", "단계"],
  figures_count: ["Count", "횟수"],
  figures_half: ["half within", "절반 이내"],
  figures_most: ["95 % within", "95 % 이내"],
  language: ["한국어", "English"],
};

const PLACE = "candor-language";

/** The language that is read: as chosen here before, else the browser's, else English. */
export function language() {
  const chosen = globalThis.localStorage?.getItem(PLACE) ?? globalThis.navigator?.language ?? "";
  return chosen.toLowerCase().startsWith("ko") ? "ko" : "en";
}

export function chooseLanguage(name) {
  localStorage.setItem(PLACE, name);
}

/** @returns {string} the text of this key, with values put in */
export function text(key, ...values) {
  const both = TEXTS[key];
  if (!both) throw new TypeError(`There is no text ${key}.`);
  return filled(both[LANGUAGES.indexOf(language())], values);
}

/** What is said of a verdict, in the language that is read, with dates as the browser writes them. */
export function speech() {
  const own = globalThis.navigator?.language ?? "";
  return speechIn(language(), own.toLowerCase().startsWith(language()) ? own : language());
}

export function knows(key) {
  return Object.hasOwn(TEXTS, key);
}

/** Both languages of every text, for the test that holds them to each other. */
export function catalogue() {
  return TEXTS;
}

/** Fill what the page's own markup leaves to be said. */
export function translate(root) {
  root.documentElement.lang = language();
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of root.querySelectorAll("[data-say]")) node.textContent = speech().say(node.dataset.say);
}
