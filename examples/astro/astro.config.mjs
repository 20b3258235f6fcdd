// Threads need these two headers; everything else is as it comes.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default { server: { headers }, vite: { server: { fs: { allow: ['../..'] } } }, devToolbar: { enabled: false } };
