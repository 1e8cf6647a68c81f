/* Telling the manager of services that started this program how far it is: systemd, for units of Type=notify (sd_notify(3)).
 *
 * One datagram to the socket that NOTIFY_SOCKET names, a path or "@" and an abstract name. A program that was started otherwise has no such variable: then 0, and
 * nobody is told. */
#pragma once

#include "base/attr.h"

int kh_service_ready(void) KH_MUST_USE;    /* from now on requests are answered */
int kh_service_stopping(void) KH_MUST_USE;
