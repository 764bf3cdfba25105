/** Small programs in Perl, which every Debian has: they start in a few milliseconds and reach what a shell cannot. */

/** A program for a service definition. */
export const perl = (script: string): { readonly ImagePath: string; readonly Arguments: readonly string[] } => ({
  ImagePath: '/usr/bin/perl',
  Arguments: ['-e', script],
});

/** Defines `say_to`, which sends a notification; false when the socket does not take it. No quotes: it also fits into a hook's command. */
export const notifies: string =
  'use Socket; socket(my $notify, AF_UNIX, SOCK_DGRAM, 0) or die; ' +
  'sub say_to { return defined send($notify, $_[0], 0, pack_sockaddr_un($ENV{NOTIFY_SOCKET} // q(/run/peinit/notify.sock))) } ';
