/* What protection products write about themselves into plain files. false (and *ret untouched) where the text does not say. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microsoft Defender's settings (mdatp_managed.json, wdavcfg): antivirusEngine.enforcementLevel is "real_time", or, in older profiles,
 * antivirusEngine.enableRealTimeProtection. Source: learn.microsoft.com/en-us/defender-endpoint/linux-preferences */
bool kh_defender_realtime(const char *text, size_t n, bool *ret_on) KH_MUST_USE;

/* Sophos' on-access policy (on_access_policy.json): "enabled" as a boolean, "true" or a number; without it: off.
 * Source: OnAccessConfigurationUtils.cpp as Sophos published it */
bool kh_sophos_realtime(const char *text, size_t n, bool *ret_on) KH_MUST_USE;

/* Avast's key file (license.avastlic): UpdateValidThru=UNIX SECONDS. Source: malice-plugins/avast */
bool kh_avast_licence_end(const char *text, size_t n, int64_t *ret_s) KH_MUST_USE;

/* Dr.Web's key file (drweb32.key): Expires=2025-02-12 (13:57) UTC. */
bool kh_drweb_licence_end(const char *text, size_t n, int64_t *ret_s) KH_MUST_USE;
