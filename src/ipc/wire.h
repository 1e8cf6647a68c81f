/* Parts of messages (ipc/ipc.h) that several protocols have. What is put is cut to its maximum; what is got is checked like network input: false, and the message is malformed. */
#pragma once

#include "base/buf.h"
#include "base/cursor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void kh_wire_put_u16(struct kh_buf *b, size_t v);
void kh_wire_put_text(struct kh_buf *b, const char *text, size_t max); /* u16 length, bytes; NULL counts as "" */

bool kh_wire_bool(struct kh_cursor *c, bool *ret) KH_MUST_USE; /* u8 0 or 1 */
bool kh_wire_below(struct kh_cursor *c, unsigned count, unsigned *ret) KH_MUST_USE; /* u8, a value of an enum of so many */
bool kh_wire_text(struct kh_cursor *c, size_t max, char **ret) KH_MUST_USE; /* without NUL; new memory */
