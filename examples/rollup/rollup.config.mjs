import { nodeResolve } from '@rollup/plugin-node-resolve';

export default {
  input: { main: '../page.js' },
  output: { dir: 'dist' },
  plugins: [nodeResolve({ browser: true, exportConditions: ['import'] })],
};
