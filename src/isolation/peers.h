/* Addresses as JSON, for the files of this folder and its worker: [{"address","port"}]. */
#pragma once

#include "base/address.h"
#include "base/attr.h"
#include "base/json.h"

json_t *kh_isolation_peers_json(const struct kh_peers *peers) KH_MUST_USE;

/* KH_E_INVALID_FIELD: none, too many, or one that is no address of a machine. */
int kh_isolation_peers_read(const json_t *list, struct kh_peers *ret) KH_MUST_USE;
