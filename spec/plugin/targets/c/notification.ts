/** The message of the notify socket. */
export { notificationOf, notifyVariables } from '../../derive.ts';
