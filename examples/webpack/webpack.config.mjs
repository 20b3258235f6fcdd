export default {
  mode: 'production',
  entry: { main: '../page.js' },
  output: { path: `${import.meta.dirname ?? process.cwd()}/dist` },
};
