// Allure 3 over the results that every run of claims leaves (`allure-results`): one file that opens from disk, with
// the history of the runs it was generated after. `npm run allure -- [RESULTS]`; see README, Allure.
export default {
  name: 'Cilium conformance',
  output: 'reports/out/allure',
  historyPath: 'reports/out/allure-history.jsonl',
  plugins: {
    awesome: { options: { reportName: 'Cilium conformance', reportLanguage: 'en', singleFile: true } },
  },
};
