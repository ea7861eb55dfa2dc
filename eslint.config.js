import js from '@eslint/js';
import globals from 'globals';

export default [
  js.configs.recommended,
  {
    files: ['extension/**/*.js'],
    languageOptions: {globals: {...globals.browser, ...globals.webextensions}},
  },
  {
    files: ['extension/page/start.js'],
    languageOptions: {sourceType: 'script'},
  },
  {
    files: ['tests/extension/**/*.js'],
    languageOptions: {globals: globals.node},
  },
  {
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-restricted-properties': [
        'error',
        {property: 'innerHTML', message: 'Nothing from a page or the service may become markup.'},
        {property: 'outerHTML', message: 'Nothing from a page or the service may become markup.'},
        {property: 'insertAdjacentHTML', message: 'Nothing from a page or the service may become markup.'},
      ],
    },
  },
];
