// A rough hint at how hard a passphrase is to guess. It refuses nothing but what is too short: the shell decides.

export const leastLength = 8;

/** 0 too short, 1 weak, 2 fair, 3 good, 4 strong. */
export function strength(passphrase: string): 0 | 1 | 2 | 3 | 4 {
  const characters = [...passphrase];
  if (characters.length < leastLength) return 0;
  const distinct = new Set(characters.map((character) => character.toLowerCase())).size;
  if (distinct < 5 || /^(.+?)\1+$/u.test(passphrase) || isRun(characters)) return 1;
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((kind) => kind.test(passphrase)).length;
  const score = characters.length + kinds * 2 + Math.min(distinct, 12) / 2;
  if (score < 17) return 1;
  if (score < 22) return 2;
  return score < 29 ? 3 : 4;
}

function isRun(characters: string[]): boolean {
  const steps = characters.slice(1).map((character, index) => character.charCodeAt(0) - (characters[index]?.charCodeAt(0) ?? 0));
  return steps.every((step) => step === steps[0] && Math.abs(step) <= 1);
}
