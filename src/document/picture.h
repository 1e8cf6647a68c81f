/* A picture on paper: the image of a signature and a seal. Only PNG that this program painted itself (kh_picture_paint) is ever put into a document; what people upload is taken apart into points
 * by a worker (sheet/forms.h) before. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

struct kh_picture {
	struct kh_buf png;
	uint32_t width, height; /* points */
};
void kh_picture_done(struct kh_picture *picture);
#define kh_auto_picture KH_CLEANUP(kh_picture_done)

/* rgba: four bytes a point, line by line. KH_E_TOO_LARGE: no point, or more than there can be. */
int kh_picture_paint(uint32_t width, uint32_t height, const uint8_t *rgba, struct kh_picture *ret) KH_MUST_USE;

/* Takes over a PNG painted before. KH_E_SYNTAX when it is not one. */
int kh_picture_take(struct kh_buf *png, struct kh_picture *ret) KH_MUST_USE;
