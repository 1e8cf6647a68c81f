#include "base/error.h"
#include "sheet/forms.h"

#include <png.h>
#include <string.h>

static int decode(png_image *image, const void *bytes, size_t n, uint8_t **ret)
{
	if (!png_image_begin_read_from_memory(image, bytes, n))
		return kh_fail(KH_E_SYNTAX, "not a PNG picture");
	if (image->width > KH_PICTURE_MAX_SIDE || image->height > KH_PICTURE_MAX_SIDE)
		return kh_fail(KH_E_TOO_LARGE, "a picture of more than %d points a side", KH_PICTURE_MAX_SIDE);
	image->format = PNG_FORMAT_RGBA;
	kh_auto_free uint8_t *pixels = kh_alloc_array(PNG_IMAGE_SIZE(*image), 1);
	if (!png_image_finish_read(image, NULL, pixels, 0, NULL))
		return kh_fail(KH_E_SYNTAX, "not a PNG picture");
	*ret = kh_take(pixels);
	return 0;
}

int kh_picture_parse(const void *bytes, size_t n, struct kh_sheet *ret)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	kh_auto_sheet struct kh_sheet sheet = {0};
	kh_auto_free uint8_t *pixels = NULL;
	if (n > KH_PICTURE_MAX_FILE)
		return kh_fail(KH_E_TOO_LARGE, "the file has more than %lu bytes", KH_PICTURE_MAX_FILE);
	int r = decode(&image, bytes, n, &pixels);
	for (uint32_t y = 0; r == 0 && y < image.height; y++) {
		struct kh_buf line = KH_BUF_INIT;
		kh_buf_add_hex(&line, pixels + (size_t)y * image.width * 4, (size_t)image.width * 4);
		r = kh_sheet_put(&sheet, y + 1, 0, kh_buf_take(&line));
	}
	png_image_free(&image);
	if (r < 0)
		return r;
	*ret = sheet;
	sheet = (struct kh_sheet){0};
	return 0;
}
