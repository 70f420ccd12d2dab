/** Numbers as people read them aloud, and as they type them. Pure. */

const MOBILE = /^(?:\+86)?(1\d{2})(\d{4})(\d{4})$/;

/** `138 1234 5678`; what is masked, or is no mobile number, stays as the backend writes it. */
export function spokenNumber(number: string): string {
  return number.replace(MOBILE, "$1 $2 $3");
}

/** As the backend reads numbers: digits in any usual form. */
const TYPED = /^[+\d][\d ()-]{2,29}$/;

export function isNumber(typed: string): boolean {
  return TYPED.test(typed);
}
