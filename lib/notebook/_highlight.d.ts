/** What is used here of highlight.js, whose own types bring in those of a browser's document. */
declare const highlighter: {
  getLanguage(name: string): unknown;
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { value: string };
};
export default highlighter;
