#include "document/picture.h"

#include "base/cursor.h"
#include "base/error.h"

#include <cairo.h>
#include <string.h>

#define MOST_SIDE 4000 /* points */

void kh_picture_done(struct kh_picture *picture)
{
	kh_buf_done(&picture->png);
	*picture = (struct kh_picture){0};
}

static cairo_status_t take_bytes(void *arg, const unsigned char *bytes, unsigned n)
{
	kh_buf_add(arg, bytes, n);
	return CAIRO_STATUS_SUCCESS;
}

/* Cairo wants colours multiplied by their opacity, in the machine's order of a 32 bit number. */
static uint32_t point_of(const uint8_t *p)
{
	uint32_t a = p[3];
	return a << 24 | p[0] * a / 255 << 16 | p[1] * a / 255 << 8 | p[2] * a / 255;
}

int kh_picture_paint(uint32_t width, uint32_t height, const uint8_t *rgba, struct kh_picture *ret)
{
	if (width == 0 || height == 0 || width > MOST_SIDE || height > MOST_SIDE)
		return kh_fail(KH_E_TOO_LARGE, "a picture of more than %d points a side", MOST_SIDE);
	struct kh_picture picture KH_CLEANUP(kh_picture_done) = {.width = width, .height = height};
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)width, (int)height);
	unsigned char *lines = cairo_image_surface_get_data(surface);
	size_t stride = (size_t)cairo_image_surface_get_stride(surface);
	for (uint32_t y = 0; lines && y < height; y++)
		for (uint32_t x = 0; x < width; x++) {
			uint32_t point = point_of(rgba + ((size_t)y * width + x) * 4);
			memcpy(lines + y * stride + x * sizeof point, &point, sizeof point);
		}
	cairo_surface_mark_dirty(surface);
	cairo_status_t status = cairo_surface_write_to_png_stream(surface, take_bytes, &picture.png);
	cairo_surface_destroy(surface);
	if (status != CAIRO_STATUS_SUCCESS || kh_buf_status(&picture.png) < 0)
		return kh_fail(KH_E_INTERNAL, "PNG: %s", cairo_status_to_string(status));
	*ret = picture;
	picture = (struct kh_picture){0};
	return 0;
}

int kh_picture_take(struct kh_buf *png, struct kh_picture *ret)
{
	static const uint8_t head[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
	struct kh_cursor c = kh_cursor_of(png->data, png->len);
	const uint8_t *begin = NULL;
	uint32_t width = 0, height = 0;
	bool good = kh_cursor_take(&c, sizeof head, &begin) && memcmp(begin, head, sizeof head) == 0 && kh_cursor_u32be(&c, &width) && kh_cursor_u32be(&c, &height);
	if (!good || width == 0 || height == 0 || width > MOST_SIDE || height > MOST_SIDE)
		return kh_fail(KH_E_SYNTAX, "not a PNG picture");
	*ret = (struct kh_picture){.png = *png, .width = width, .height = height};
	*png = (struct kh_buf)KH_BUF_INIT;
	return 0;
}
