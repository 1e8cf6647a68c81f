/* The row of a record: for write.c only, which has looked at everything before. */
#pragma once

#include "server/register/record.h"

/* A new row when the record has no id yet; then it has one. */
int kh_record_row_write(struct kh_db *db, struct kh_record *record) KH_MUST_USE;
