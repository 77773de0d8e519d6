/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of a configuration, looked at before any of them runs. While it is loaded only. */
#ifndef KAMEXEC_KAMAILIO_EXPORTS_CONFIG_CHECK_H
#define KAMEXEC_KAMAILIO_EXPORTS_CONFIG_CHECK_H

/* For mod_init: finds the calls whose command is built at run time, and logs each with its place
 * and what to write instead. -1 where there is one and the policy refuses it, else 0. */
int config_check_dynamic(void);
/* Tells of each name of a program that a call of the configuration has. Before fixing: the fixups
 * look for them. */
void config_note_programs(void);

/* For mod_init: -1 where there are asynchronous calls that can only fail, each reason logged with
 * the place of the first such call; else 0. */
int config_check_async(void);

/* For mod_init: whether there is a call of an asynchronous function. Script engines' can't be seen.
 */
int config_has_async(void);

/* For mod_init: with return_mode 1 warns of every call whose failures are true where it stands. */
void config_check_return_mode(void);

/* For `kamailio -c`, which ends before modules are initialised and functions fixed up: arranges
 * that every call that was read is checked when the run ends. A mistake makes the exit status 1
 * where the configuration is good for the server; else the status stays the server's. */
void config_check_when_read(void);
/* For the module's destroy function: from here on the configuration must not be looked at. */
void config_check_too_late(void);

#endif
