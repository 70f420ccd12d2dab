/** The first letters of Chinese words in pinyin, by which people find them. Pure. */

/** No word begins with I, U or V. */
const LETTERS = "abcdefghjklmnopqrstwxyz";
/** The first character of each letter in the order by pinyin. */
const FIRST = "阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀";
const HAN = /\p{Script=Han}/u;
const byPinyin = new Intl.Collator("zh-CN-u-co-pinyin");

/** `食品安全` as `spaq`; what is not Chinese stays as it is. A character of several readings has its most usual one. */
export function initialsOf(text: string): string {
  return [...text.normalize("NFKC").toLowerCase()].map((one) => (HAN.test(one) ? letterOf(one) : one)).join("");
}

function letterOf(character: string): string {
  let place = LETTERS.length - 1;
  while (place > 0 && byPinyin.compare(FIRST[place] ?? "", character) > 0) place--;
  return LETTERS[place] ?? "";
}
