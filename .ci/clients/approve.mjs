// Opens a connect link as a person's browser would and grants access.
// Usage: node approve.mjs LINK

import { approve } from './browser.mjs';

const { visited } = await approve(process.argv[2]);
console.log(visited.length);
