#include "document/read/scan/ocr.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <tesseract/capi.h>

/* Of libgomp, which Tesseract is linked with: at level 0 nothing is done by threads. The sandbox has none, and on lines they cost more than they bring. */
void omp_set_max_active_levels(int levels);

static TessBaseAPI *engine;
static bool failed;

static void make_engine(const void *letters, size_t n)
{
	omp_set_max_active_levels(0);
	atexit(kh_ocr_done);
	engine = TessBaseAPICreate();
	failed = n > INT32_MAX || TessBaseAPIInit5(engine, letters, (int)n, "vie", OEM_LSTM_ONLY, NULL, 0, NULL, NULL, 0, false) != 0;
}

bool kh_ocr_ready(const void *letters, size_t n)
{
	if (!letters)
		return false;
	if (!engine)
		make_engine(letters, n);
	return !failed;
}

void kh_ocr_done(void)
{
	if (engine)
		TessBaseAPIDelete(engine);
	engine = NULL;
	failed = false;
}

char *kh_ocr_read(PIX *grey, int left, int top, int width, int height, bool lines, float dpi, uint8_t *ret_certainty)
{
	BOX *box = boxCreate(left, top, width, height);
	PIX *part = box ? pixClipRectangle(grey, box, NULL) : NULL;
	char *text = NULL;
	*ret_certainty = 1;
	if (part) {
		TessBaseAPISetPageSegMode(engine, lines ? PSM_SINGLE_BLOCK : PSM_SINGLE_LINE);
		TessBaseAPISetImage2(engine, part);
		TessBaseAPISetSourceResolution(engine, (int)dpi);
		text = TessBaseAPIGetUTF8Text(engine);
		*ret_certainty = (uint8_t)KH_MAX(1, KH_MIN(99, TessBaseAPIMeanTextConf(engine)));
		TessBaseAPIClear(engine);
	}
	char *copy = kh_strdup(text ? text : "");
	TessDeleteText(text);
	pixDestroy(&part);
	boxDestroy(&box);
	return copy;
}
