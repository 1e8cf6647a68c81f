/** Search without regard to case and Vietnamese marks, composed or not: "truong" finds "Trường", "dong" finds "Đông". */
export const fold = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase()

/** Every word of the question stands somewhere in the text. */
export function found(text: string, question: string): boolean {
  const folded = fold(text)
  return fold(question).split(/\s+/).every(part => folded.includes(part))
}
