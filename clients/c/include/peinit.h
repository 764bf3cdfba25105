/*
 * libpeinit: a client of peinit, its registry and its event daemon, and of the notify socket of services.
 *
 * What the library hands out (answers, lines, errors) is one piece of memory each, freed by peinit_free. What is handed in is only read
 * and may go when the function returns. A connection with its calls and streams belongs to one thread at a time.
 */
#ifndef PEINIT_H
#define PEINIT_H

#include <peinit/base.h>
#include <peinit/commands.h>
#include <peinit/connection.h>
#include <peinit/json.h>
#include <peinit/notify.h>
#include <peinit/types.h>

#endif
