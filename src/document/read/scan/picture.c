#include "document/read/scan/picture.h"

#include "base/cursor.h"
#include "document/read/scan/limits.h"
#include "document/read/scan/page.h"

#include <string.h>

enum { MIN_SIDE = 12, MIN_LENGTH = 40 }; /* dots: letters of a stamp could not be read in less */

/* Whether a picture of this size is decoded. */
static bool is_worth(struct kh_reading *r, int width, int height)
{
	if (width <= 0 || height <= 0 || width > KH_DOCUMENT_MAX_SIDE || height > KH_DOCUMENT_MAX_SIDE || (int64_t)width * height > KH_DOCUMENT_MAX_PIXELS) {
		kh_reading_gap(r, width <= 0 || height <= 0 ? KH_GAP_DAMAGED : KH_GAP_FORMAT_LIMIT, NULL);
		return false;
	}
	return KH_MIN(width, height) >= MIN_SIDE && KH_MAX(width, height) >= MIN_LENGTH;
}

static void look_at(struct kh_reading *r, PIX *pix, float dpi, uint32_t number)
{
	const float min_inches = 4.5f; /* of a page's sides */
	const bool is_page = pix && (float)KH_MIN(pixGetWidth(pix), pixGetHeight(pix)) >= min_inches * dpi;
	const struct kh_scan_page page = {.number = number, .width = is_page ? 1 : 0, .height = is_page ? 1 : 0};
	kh_scan_page_give(r, &page, pix, dpi);
}

static void look_at_whole(struct kh_reading *r, PIX *pix, uint32_t number)
{
	look_at(r, pix, pix ? kh_scan_page_dpi((uint32_t)pixGetWidth(pix), (uint32_t)pixGetHeight(pix), (float)pixGetXRes(pix)) : 0, number);
}

/* ---- JPEG ---- */

static bool looks_like_jpeg(const uint8_t *bytes, size_t n)
{
	return n >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0;
}

static void read_jpeg(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	int width = 0, height = 0, said = 0, said_down = 0, reduction = 1;
	kh_scan_be_silent();
	if (readHeaderMemJpeg(bytes, n, &width, &height, NULL, NULL, NULL) != 0)
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
	else if (is_worth(r, width, height)) {
		readResolutionMemJpeg(bytes, n, &said, &said_down);
		const float dpi = kh_scan_page_dpi((uint32_t)width, (uint32_t)height, (float)said);
		while (reduction < 8 && dpi / (float)(2 * reduction) >= KH_SCAN_DPI)
			reduction *= 2; /* what libjpeg can leave out while it decodes */
		look_at(r, pixReadMemJpeg(bytes, n, 0, reduction, NULL, 0), dpi / (float)reduction, 1);
	}
}

/* ---- PNG ---- */

static bool looks_like_png(const uint8_t *bytes, size_t n)
{
	return n >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}

/* As its header says: Leptonica has none of what it finds too large. */
static bool png_size(const uint8_t *bytes, size_t n, uint32_t *ret_width, uint32_t *ret_height)
{
	enum { BEFORE = 16 }; /* the signature, and the header's length and name */
	struct kh_cursor c = kh_cursor_of(bytes, n);
	return kh_cursor_skip(&c, BEFORE) && kh_cursor_u32be(&c, ret_width) && kh_cursor_u32be(&c, ret_height);
}

static void read_png(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	uint32_t width = 0, height = 0;
	kh_scan_be_silent();
	if (!png_size(bytes, n, &width, &height))
		kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
	else if (is_worth(r, (int)KH_MIN(width, (uint32_t)INT32_MAX), (int)KH_MIN(height, (uint32_t)INT32_MAX)))
		look_at_whole(r, pixReadMemPng(bytes, n), 1);
}

/* ---- TIFF ---- */

static bool looks_like_tiff(const uint8_t *bytes, size_t n)
{
	return n >= 4 && (memcmp(bytes, "II*\0", 4) == 0 || memcmp(bytes, "MM\0*", 4) == 0);
}

/* The header of a page that there is not cannot be read: that is the end. */
static void read_tiff(struct kh_reading *r, const uint8_t *bytes, size_t n)
{
	kh_scan_be_silent();
	for (int i = 0; i < KH_SCAN_MAX_PAGES && !kh_reading_over(r); i++) {
		int width = 0, height = 0;
		if (readHeaderMemTiff(bytes, n, i, &width, &height, NULL, NULL, NULL, NULL, NULL) != 0) {
			if (i == 0)
				kh_reading_gap(r, KH_GAP_DAMAGED, NULL);
			return;
		}
		if (is_worth(r, width, height))
			look_at_whole(r, pixReadMemTiff(bytes, n, i), (uint32_t)i + 1);
	}
}

const struct kh_reader kh_jpeg_reader = {KH_DOCUMENT_JPEG, looks_like_jpeg, read_jpeg, NULL};
const struct kh_reader kh_png_reader = {KH_DOCUMENT_PNG, looks_like_png, read_png, NULL};
const struct kh_reader kh_tiff_reader = {KH_DOCUMENT_TIFF, looks_like_tiff, read_tiff, NULL};
