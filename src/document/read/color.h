/* Which colours a person calls red: of ink and of letters, from bright to dark (Word's "Dark Red" is C00000, its oldest 800000). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

static inline bool kh_color_is_red(uint32_t rgb)
{
	unsigned red = rgb >> 16 & 0xff, green = rgb >> 8 & 0xff, blue = rgb & 0xff;
	return red >= 0x80 && green <= red / 3 && blue <= red / 3;
}
