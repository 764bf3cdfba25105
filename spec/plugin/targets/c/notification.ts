/** The message of the notify socket. */
export { notificationOf } from '../../derive.ts';
