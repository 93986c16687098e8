/** Who sits at the page: goes into the record of every edit. Kept in the browser. */
import { remembered } from './remembered.ts';

export const who = remembered<string>('who', 'observer');
